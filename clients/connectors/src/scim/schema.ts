import { attributeNamePattern, schemaIdPattern } from "./configuration.js";
import { asArray, isObject, member, textOf, type JsonObject } from "../http/json.js";

export type ScimType =
  "string" | "boolean" | "integer" | "decimal" | "dateTime" | "binary" | "reference" | "complex";

/** One attribute as a schema defines it (RFC 7643 §7). */
export interface ScimAttribute {
  readonly name: string;
  readonly type: ScimType;
  readonly many: boolean;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: "readOnly" | "readWrite" | "immutable" | "writeOnly";
  /** Whether it is shown only to those who ask for it. */
  readonly onRequest: boolean;
  readonly words: readonly string[];
  readonly parts: readonly ScimAttribute[];
}

export interface ScimSchema {
  readonly id: string;
  readonly attributes: readonly ScimAttribute[];
}

const types: ReadonlySet<string> = new Set([
  "string", "boolean", "integer", "decimal", "dateTime", "binary", "reference", "complex",
]);
const mutabilities: ReadonlySet<string> = new Set([
  "readOnly", "readWrite", "immutable", "writeOnly",
]);

/** A schema as a server shows it; undefined where it has no usable name. */
export function parseSchema(json: unknown): ScimSchema | undefined {
  if (!isObject(json)) return undefined;
  const id = textOf(member(json, "id"));
  if (id === undefined || !schemaIdPattern.test(id)) return undefined;
  return { id, attributes: parseAttributes(member(json, "attributes"), 0) };
}

function parseAttributes(json: unknown, depth: number): readonly ScimAttribute[] {
  const found = new Map<string, ScimAttribute>();
  for (const each of asArray(json).slice(0, 1_000)) {
    const attribute = isObject(each) ? parseAttribute(each, depth) : undefined;
    if (attribute !== undefined) found.set(attribute.name.toLowerCase(), attribute);
  }
  return [...found.values()];
}

/** What has no usable name, or is deeper than RFC 7643 §2.3.8 allows, is no attribute for us. */
function parseAttribute(json: JsonObject, depth: number): ScimAttribute | undefined {
  const name = textOf(member(json, "name")) ?? "";
  const type = textOf(member(json, "type")) ?? "string";
  if (!attributeNamePattern.test(name) || name.length > 256 || !types.has(type)) return undefined;
  if (type === "complex" && depth > 0) return undefined;
  const mutability = textOf(member(json, "mutability")) ?? "readWrite";
  const words = asArray(member(json, "canonicalValues"));
  return {
    name,
    type: type as ScimType,
    many: member(json, "multiValued") === true,
    required: member(json, "required") === true,
    caseExact: member(json, "caseExact") === true,
    mutability: (mutabilities.has(mutability)
      ? mutability : "readWrite") as ScimAttribute["mutability"],
    onRequest: member(json, "returned") === "request",
    words: words.filter((word) => typeof word === "string").slice(0, 100),
    parts: parseAttributes(member(json, "subAttributes"), depth + 1),
  };
}
