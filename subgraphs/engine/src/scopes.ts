import type { AttributeSchema, ObjectKind, Value } from "./model.js";
import type { Frame } from "./language/frame.js";
import type { Root, Run, Scope, Typed } from "./language/scope.js";
import { any, bool, double, int, listOf, reference, text } from "./language/types.js";
import type { Runtime, Type } from "./language/types.js";

/** What a mapper or condition reads from. */
export type Side =
  | { readonly kind: "account"; readonly schema: readonly AttributeSchema[] | undefined }
  | { readonly kind: "identity"; readonly schema: readonly AttributeSchema[] }
  | { readonly kind: "key" };

const accountExtras = ["$anchor", "$name", "$enabled"];
const identityExtras = ["$id", "$classification"];

/** Names that may stand in `from`, for suggestions. */
export function sourceNames(side: Side): readonly string[] {
  if (side.kind === "key") return ["key"];
  const extras = side.kind === "account" ? accountExtras : identityExtras;
  return [...(side.schema ?? []).map((each) => each.name), ...extras];
}

/** Reads one named source; undefined for a name that the side does not have. */
export function readSource(side: Side, name: string): Typed | undefined {
  if (side.kind === "key") return name === "key" ? keyValue : undefined;
  const extra = readExtra(side.kind, name);
  if (extra !== undefined) return extra;
  if (side.schema === undefined) return { type: any, run: (frame) => readAny(frame, name) };
  const schema = side.schema.find((each) => each.name === name);
  return schema === undefined ? undefined : readAttribute(schema);
}

const keyValue: Typed = { type: text, run: (frame) => frame.key ?? null };

function readExtra(kind: "account" | "identity", name: string): Typed | undefined {
  if (!(kind === "account" ? accountExtras : identityExtras).includes(name)) return undefined;
  switch (name) {
    case "$anchor":
      return { type: text, run: (frame) => frame.anchor ?? null };
    case "$name":
      return { type: text, run: (frame) => frame.objectName ?? null };
    case "$enabled":
      return { type: bool, run: (frame) => frame.enabled ?? null };
    case "$id":
      return { type: text, run: (frame) => frame.identity ?? null };
    default:
      return { type: text, run: (frame) => frame.classification ?? null };
  }
}

/** The variables of an expression on one side. */
export function scopeOf(side: Side): Scope {
  if (side.kind === "key") return new Map<string, Root>([["key", { kind: "value", value: keyValue }]]);
  const object: Root = {
    kind: "object",
    read: (name) => readSource(side, name),
    names: sourceNames(side),
  };
  return new Map([[side.kind, object]]);
}

function readAny(frame: Frame, name: string): Runtime {
  const value = frame.attributes[name];
  return value === undefined || value === "" ? null : value;
}

function readAttribute(schema: AttributeSchema): Typed {
  const type = typeOf(schema);
  return { type: schema.many === true ? listOf(type) : type, run: readerOf(schema) };
}

/** Dates, instants and binary are text in expressions; decimals are numbers with a fraction. */
function typeOf(schema: AttributeSchema): Type {
  switch (schema.type) {
    case "boolean":
      return bool;
    case "integer":
      return int;
    case "decimal":
      return double;
    case "reference":
      return reference;
    default:
      return text;
  }
}

function readerOf(schema: AttributeSchema): Run {
  const { name } = schema;
  if (schema.naming === true) return (frame) => readAny(frame, name) ?? frame.objectName ?? null;
  if (schema.type !== "integer" && schema.type !== "decimal") return (frame) => readAny(frame, name);
  const convert = schema.type === "integer" ? wholeNumber : fraction;
  return (frame) => {
    const value = readAny(frame, name);
    if (typeof value === "number") return value;
    return Array.isArray(value) ? value.map(convert) : convert(value);
  };
}

function wholeNumber(value: Runtime): Runtime {
  return typeof value === "string" && /^-?\d{1,40}$/.test(value) ? BigInt(value) : value;
}

function fraction(value: Runtime): Runtime {
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))
    ? Number(value)
    : value;
}

/** What an expression yields, as a value to store: lists without holes, big integers as text. */
export function toStored(value: Runtime): Value | null {
  if (value === null || value === "") return null;
  if (typeof value === "bigint") return value.toString();
  if (!Array.isArray(value)) return value as Value;
  const values = value.flat(Infinity) as readonly Runtime[];
  const kept = values.filter((each) => each !== null && each !== "").map(toStored);
  return kept.length === 0 ? null : (kept as Value);
}

export type KindSchemas = { readonly [K in ObjectKind]?: readonly AttributeSchema[] };
