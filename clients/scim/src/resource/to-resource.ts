import { isObject, isSameJson, membersOf, type Json, type JsonObject } from "../json.js";
import { badRequest } from "../scim-error.js";
import type { ScimAttribute } from "../schema/attribute.js";
import { commonAttributes } from "../schema/common-attributes.js";
import { findAttribute, type ScimResourceType } from "../schema/schema.js";
import { coerce } from "./coerce.js";

/**
 * A resource as it is kept: canonical names, what a client may say and nothing else. Extensions
 * lie under their URN. `schemas`, `id`, `meta` and read-only attributes are left out, as are
 * attributes that no schema of ours has.
 */
export type Resource = JsonObject;

/** Attributes of the resource's own that a client may write, `externalId` among them. */
export function ownAttributes(type: ScimResourceType): readonly ScimAttribute[] {
  const externalId = findAttribute(commonAttributes, "externalId");
  return [...(externalId ? [externalId] : []), ...type.schema.attributes];
}

/**
 * The body of a POST or PUT. Throws invalidSyntax for what is no such resource, invalidValue for
 * values that do not fit or lack, mutability where `before` has another immutable value.
 */
export function toResource(
  type: ScimResourceType,
  body: unknown,
  before?: Resource,
): Resource {
  if (!isObject(body)) throw badRequest("invalidSyntax", "the body is no JSON object");
  const given = membersOf(body);
  checkSchemas(type, given.get("schemas"));
  const entries = coerceAll(ownAttributes(type), given);
  for (const { schema } of type.extensions) {
    const extension = given.get(schema.id.toLowerCase());
    if (extension === undefined || extension === null) continue;
    if (!isObject(extension)) throw badRequest("invalidValue", `${schema.id} is no object`);
    const parts = coerceAll(schema.attributes, membersOf(extension));
    if (parts.length > 0) entries.push([schema.id, Object.fromEntries(parts)]);
  }
  const resource = Object.fromEntries(entries);
  checkResource(type, resource);
  if (before !== undefined) checkImmutable(type, before, resource);
  return resource;
}

/** RFC 7643 §3: `schemas` names the schema of the resource; names of others do no harm. */
function checkSchemas(type: ScimResourceType, schemas: unknown): void {
  const named = Array.isArray(schemas)
    ? schemas.map((each) => (typeof each === "string" ? each.toLowerCase() : ""))
    : [];
  if (named.includes(type.schema.id.toLowerCase())) return;
  throw badRequest("invalidSyntax", `schemas does not name ${type.schema.id}`);
}

function coerceAll(
  attributes: readonly ScimAttribute[],
  given: ReadonlyMap<string, unknown>,
): [string, Json][] {
  const entries: [string, Json][] = [];
  for (const attribute of attributes) {
    if (attribute.mutability === "readOnly") continue;
    const value = coerce(attribute, given.get(attribute.name.toLowerCase()));
    if (value !== undefined) entries.push([attribute.name, value]);
  }
  return entries;
}

/** What must hold of every resource, however it came about. Throws invalidValue. */
export function checkResource(type: ScimResourceType, resource: Resource): void {
  for (const attribute of type.schema.attributes) {
    const value = resource[attribute.name];
    if (attribute.required && (typeof value !== "string" || value.trim() === "")) {
      throw badRequest("invalidValue", `${attribute.name} is required`);
    }
    if (attribute.multiValued && primaryCount(value) > 1) {
      throw badRequest("invalidValue", `more than one value of ${attribute.name} is primary`);
    }
  }
}

export function primaryCount(values: Json | undefined): number {
  if (!Array.isArray(values)) return 0;
  return values.filter((each: unknown) => isObject(each) && each["primary"] === true).length;
}

/** RFC 7644 §3.5.1: what has an immutable value keeps it. */
function checkImmutable(type: ScimResourceType, before: Resource, after: Resource): void {
  for (const { name, mutability } of type.schema.attributes) {
    if (mutability !== "immutable" || before[name] === undefined) continue;
    if (!isSameJson(before[name], after[name])) {
      throw badRequest("mutability", `${name} cannot be changed`);
    }
  }
}
