import { isInstant } from "../filter/bind-filter.js";
import { canonicalJson, isObject, membersOf, type Json, type JsonObject } from "../json.js";
import { badRequest } from "../scim-error.js";
import type { ScimAttribute } from "../schema/attribute.js";
import { findAttribute } from "../schema/schema.js";

/**
 * What was sent for an attribute, in canonical form: names as the schema writes them, types right,
 * values of a list each once. Undefined for nothing: null, an empty list (RFC 7643 §2.5). Takes
 * forms that clients are known to send: booleans as text, one value where a list belongs, text
 * where an object with a `value` does. Throws invalidValue, naming the attribute.
 */
export function coerce(attribute: ScimAttribute, value: unknown): Json | undefined {
  if (value === null || value === undefined) return undefined;
  if (!attribute.multiValued) {
    // Some clients wrap a single value into a list.
    const single: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
    return coerceOne(attribute, single);
  }
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  const values = given.flatMap((each) => coerceOne(attribute, each) ?? []);
  const distinct = distinctValues(values);
  return distinct.length === 0 ? undefined : distinct;
}

/** One value of a list, or a single value. */
export function coerceOne(attribute: ScimAttribute, value: unknown): Json | undefined {
  if (value === null || value === undefined) return undefined;
  if (attribute.type !== "complex") return coerceSimple(attribute, value);
  if (isObject(value)) return coerceParts(attribute, value);
  const part = findAttribute(attribute.subAttributes, "value");
  if (part === undefined || typeof value !== "string") throw unfit(attribute);
  return value === "" ? undefined : { [part.name]: coerceSimple(part, value) };
}

function coerceParts(
  attribute: ScimAttribute,
  value: Readonly<Record<string, unknown>>,
): JsonObject | undefined {
  const given = membersOf(value);
  const parts: [string, Json][] = [];
  for (const part of attribute.subAttributes ?? []) {
    if (part.mutability === "readOnly") continue;
    const held = coerce(part, given.get(part.name.toLowerCase()));
    if (held !== undefined) parts.push([part.name, held]);
  }
  return parts.length === 0 ? undefined : Object.fromEntries(parts);
}

function coerceSimple(attribute: ScimAttribute, value: unknown): Json {
  switch (attribute.type) {
    case "boolean":
      return coerceBoolean(attribute, value);
    case "integer":
      if (typeof value === "number" && Number.isSafeInteger(value)) return value;
      throw unfit(attribute);
    case "decimal":
      if (typeof value === "number" && Number.isFinite(value)) return value;
      throw unfit(attribute);
    case "dateTime":
      if (typeof value === "string" && isInstant(value) && !Number.isNaN(Date.parse(value))) {
        return new Date(value).toISOString();
      }
      throw unfit(attribute);
    case "binary":
      if (typeof value === "string" && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) return value;
      throw unfit(attribute);
    default:
      return coerceText(attribute, value);
  }
}

/** Entra writes booleans as `"True"` and `"False"`. */
function coerceBoolean(attribute: ScimAttribute, value: unknown): boolean {
  const word = typeof value === "string" ? value.toLowerCase() : value;
  if (word === true || word === "true") return true;
  if (word === false || word === "false") return false;
  throw unfit(attribute);
}

function coerceText(attribute: ScimAttribute, value: unknown): string {
  if (typeof value !== "string") throw unfit(attribute);
  if (value.includes("\0") || !value.isWellFormed()) {
    throw badRequest("invalidValue", `${attribute.name} holds U+0000 or half a character`);
  }
  return value;
}

function unfit({ name, type }: ScimAttribute): Error {
  return badRequest("invalidValue", `a value of ${name} is no ${type}`);
}

/** The first of each. */
export function distinctValues(values: readonly Json[]): Json[] {
  const seen = new Map<string, Json>();
  for (const each of values) {
    const key = canonicalJson(each);
    if (!seen.has(key)) seen.set(key, each);
  }
  return [...seen.values()];
}
