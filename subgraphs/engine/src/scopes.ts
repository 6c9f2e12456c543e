import type { AttributeSchema, Value } from "./model.js";
import type { Frame } from "./language/frame.js";
import type { Root, Run, Scope, Typed } from "./language/scope.js";
import { any, bool, double, int, listOf, reference, text } from "./language/types.js";
import type { Runtime, Type } from "./language/types.js";

/**
 * What a mapper, condition or comparison reads from. An account's schema is known to validation and
 * not to the engine: an application may describe itself anew at any time, and the same bundle must
 * go on meaning the same.
 */
export type Side =
  | { readonly kind: "account"; readonly schema: readonly AttributeSchema[] | undefined }
  | {
      readonly kind: "identity";
      readonly schema: readonly AttributeSchema[];
      /** Without id and classification: where these are not there yet. */
      readonly bare?: true;
      /** With `number`: where a name that is taken leads to another. */
      readonly numbered?: true;
      /** Ids that a classification may have, where they are to be checked. */
      readonly classifications?: readonly string[];
    }
  | { readonly kind: "key" };

export type IdentitySide = Extract<Side, { readonly kind: "identity" }>;

const accountExtras = ["$anchor", "$name", "$enabled"];
const identityExtras = ["$id", "$classification"];

function extrasOf(side: Side): readonly string[] {
  if (side.kind === "account") return accountExtras;
  return side.kind === "identity" && side.bare !== true ? identityExtras : [];
}

/** Names that may stand in `from`, for suggestions. */
export function sourceNames(side: Side): readonly string[] {
  if (side.kind === "key") return ["key"];
  return [...(side.schema ?? []).map((each) => each.name), ...extrasOf(side)];
}

/** Reads one named source as it is stored; undefined for a name that the side does not have. */
export function readSource(side: Side, name: string): Typed | undefined {
  if (side.kind === "key") return name === "key" ? keyValue : undefined;
  if (extrasOf(side).includes(name)) return readExtra(side, name);
  if (side.schema === undefined) return { type: any, run: (frame) => readRaw(frame, name) };
  const schema = side.schema.find((each) => each.name === name);
  if (schema === undefined) return undefined;
  const type = typeOf(side.kind === "account" ? undecimal(schema) : schema);
  return { type, run: (frame) => readRaw(frame, name) };
}

/** Decimals are stored as text. An account's stay text until `double()` says otherwise. */
function undecimal(schema: AttributeSchema): AttributeSchema {
  return schema.type === "decimal" ? { ...schema, type: "string" } : schema;
}

/** The variables of an expression on one side. */
export function scopeOf(side: Side): Scope {
  if (side.kind === "key") {
    return { roots: new Map([["key", { kind: "value", value: keyValue }]]), timeless: true };
  }
  const object: Root = {
    kind: "object",
    read: (name) => readNumbers(side, name) ?? readSource(side, name),
    names: () => sourceNames(side),
  };
  const roots = new Map<string, Root>([[side.kind, object]]);
  if (extrasOf(side).includes("$classification")) {
    roots.set("classification", { kind: "value", value: readExtra(side, "$classification") });
  }
  if (side.kind === "identity" && side.numbered === true) {
    roots.set("number", { kind: "value", value: numberValue });
  }
  return { roots };
}

const numberValue: Typed = {
  type: int,
  run: (frame) => {
    frame.isNumberRead = true;
    return frame.number;
  },
};

const keyValue: Typed = { type: text, run: (frame) => frame.key ?? null };

function readExtra(side: Side, name: string): Typed {
  switch (name) {
    case "$anchor":
      return { type: text, run: (frame) => frame.anchor ?? null };
    case "$name":
      return { type: text, run: (frame) => frame.objectName ?? null };
    case "$enabled":
      return { type: bool, run: (frame) => frame.enabled ?? null };
    case "$id":
      return { type: text, run: (frame) => frame.identity ?? null };
    default: {
      const words = side.kind === "identity" ? side.classifications : undefined;
      const read: Typed = { type: text, run: (frame) => frame.classification ?? null };
      return words === undefined ? read : { ...read, words };
    }
  }
}

function readRaw(frame: Frame, name: string): Runtime {
  const value = frame.attributes[name];
  return value === undefined || value === "" ? null : value;
}

/** Dates, instants and binary are text in expressions; decimals are numbers with a fraction. */
function typeOf(schema: AttributeSchema): Type {
  const type = scalarTypeOf(schema);
  return schema.many === true ? listOf(type) : type;
}

function scalarTypeOf(schema: AttributeSchema): Type {
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

/** Numbers that are stored as text are numbers in expressions; copying leaves them as they are. */
function readNumbers(side: Side, name: string): Typed | undefined {
  if (side.kind !== "identity") return undefined;
  const schema = side.schema.find((each) => each.name === name);
  if (schema?.type !== "integer" && schema?.type !== "decimal") return undefined;
  const convert = schema.type === "integer" ? wholeNumber : fraction;
  const run: Run = (frame) => {
    const value = readRaw(frame, name);
    if (typeof value === "number") return value;
    return Array.isArray(value) ? value.map(convert) : convert(value);
  };
  return { type: typeOf(schema), run };
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
