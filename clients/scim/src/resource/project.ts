import { isObject, membersOf, type Json, type JsonObject } from "../json.js";
import { badRequest } from "../scim-error.js";
import type { ScimAttribute } from "../schema/attribute.js";
import { commonAttributes } from "../schema/common-attributes.js";
import { findPath, type AttributePath, type ExtensionPath } from "../schema/path.js";
import type { ScimResourceType } from "../schema/schema.js";

/** What a client wants to see (RFC 7644 §3.9). */
export interface Projection {
  /** Only these and what is always returned; null for the default. */
  readonly only: readonly string[] | null;
  /** All but these. */
  readonly without: readonly string[];
}

export const wholeResource: Projection = { only: null, without: [] };

const namesMax = 200;

/** Of query parameters, whose names are taken in any case. */
export function parseProjection(parameters: Readonly<Record<string, unknown>>): Projection {
  const given = membersOf(parameters);
  return toProjection(given.get("attributes"), given.get("excludedattributes"));
}

/** Of query parameters (text, comma between) or of a search request (lists). */
export function toProjection(attributes: unknown, excluded: unknown): Projection {
  const only = namesOf(attributes);
  const without = namesOf(excluded);
  if (only.length > 0 && without.length > 0) {
    const message = "attributes and excludedAttributes are not given together";
    throw badRequest("invalidValue", message);
  }
  return { only: only.length === 0 ? null : only, without };
}

function namesOf(given: unknown): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(given) ? given : [given];
  const names = texts.flatMap((each) => (typeof each === "string" ? each.split(",") : []))
    .map((each) => each.trim()).filter((each) => each !== "");
  if (names.length > namesMax) {
    throw badRequest("invalidValue", `more than ${namesMax} attributes are named`);
  }
  return names;
}

/** Whether a top attribute is in an answer, so that what is costly is only read when it is. */
export function isReturned(type: ScimResourceType, how: Projection, name: string): boolean {
  const view = toView(type, how);
  const attribute = [...commonAttributes, ...type.schema.attributes]
    .find((each) => each.name === name);
  return attribute !== undefined && isShown(view, null, attribute, null);
}

/** The parts of a whole resource that an answer holds, by the schema's `returned` rules. */
export function project(
  type: ScimResourceType,
  resource: JsonObject,
  how: Projection,
): JsonObject {
  const view = toView(type, how);
  const own = shownOf(view, null, [...commonAttributes, ...type.schema.attributes], resource);
  for (const { schema } of type.extensions) {
    const held = resource[schema.id];
    if (!isObject(held)) continue;
    const parts = shownOf(view, schema.id, schema.attributes, held as JsonObject);
    if (parts.length > 0) own.push([schema.id, Object.fromEntries(parts)]);
  }
  return Object.fromEntries(own);
}

interface View {
  readonly only: readonly Named[] | null;
  readonly without: readonly Named[];
}
type Named = AttributePath | ExtensionPath;

/** Names that no schema has are not returned, and no error (RFC 7644 §3.9 says none). */
function toView(type: ScimResourceType, { only, without }: Projection): View {
  const found = (names: readonly string[]) => names.flatMap((name) => findPath(type, name) ?? []);
  return { only: only && found(only), without: found(without) };
}

function shownOf(
  view: View,
  extension: string | null,
  attributes: readonly ScimAttribute[],
  held: JsonObject,
): [string, Json][] {
  return attributes.flatMap((attribute): [string, Json][] => {
    const value = held[attribute.name];
    if (value === undefined || value === null) return [];
    if (!isShown(view, extension, attribute, null)) return [];
    const shown = withParts(view, extension, attribute, value);
    return shown === undefined ? [] : [[attribute.name, shown]];
  });
}

function withParts(
  view: View,
  extension: string | null,
  attribute: ScimAttribute,
  value: Json,
): Json | undefined {
  if (attribute.subAttributes === undefined) return value;
  const parts = attribute.subAttributes.filter((sub) => isShown(view, extension, attribute, sub));
  if (parts.length === attribute.subAttributes.length) return value;
  const cut = (one: Json): Json => (isObject(one)
    ? Object.fromEntries(parts.flatMap(({ name }) => {
        const part = (one as JsonObject)[name];
        return part === undefined ? [] : [[name, part]];
      }))
    : one);
  return Array.isArray(value) ? value.map((each: Json) => cut(each)) : cut(value);
}

/** `sub` null asks for the attribute itself: also when only one of its parts is named. */
function isShown(
  { only, without }: View,
  extension: string | null,
  attribute: ScimAttribute,
  sub: ScimAttribute | null,
): boolean {
  const { returned } = sub ?? attribute;
  if (returned === "always") return true;
  if (returned === "never") return false;
  const isIt = (named: Named) => named.extension === extension
    && (named.attribute === null || named.attribute.name === attribute.name);
  if (without.some((named) => isIt(named) && (named.sub === null || named.sub === sub))) {
    return false;
  }
  if (only === null) return returned === "default";
  return only.some((named) =>
    isIt(named) && (sub === null || named.sub === null || named.sub === sub));
}
