import {
  findAttribute, fold, groupType, isObject, userType,
  type Json, type JsonObject, type Resource, type ScimAttribute, type ScimResourceType,
} from "@joinery/scim";
import { nameKey } from "./name-key.js";

export type PushedKind = "user" | "group";

/** What a client pushed, as it is kept: members of groups lie beside it. */
export interface PushedObject {
  readonly id: string;
  readonly kind: PushedKind;
  readonly resource: Resource;
  /** Counts the changes. */
  readonly version: number;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

export function kindOf(type: ScimResourceType): PushedKind {
  return type.name === userType.name ? "user" : "group";
}

/** As RFC 7643 has it: without the extensions of an application. */
export function typeOf(kind: PushedKind): ScimResourceType {
  return kind === "user" ? userType : groupType;
}

/** The attribute that is the object's name. */
export function nameOf(kind: PushedKind, resource: Resource): string {
  const name = resource[kind === "user" ? "userName" : "displayName"];
  return typeof name === "string" ? name : "";
}

/** A text in an index fits there with this many bytes. */
const indexedBytesMax = 2_000;
/** JSON of one resource: its account and what changes of it fit into an event. */
const resourceUnitsMax = 200 * 1024;

/** Name of what is too large to be kept; null when all fits. */
export function tooLarge(kind: PushedKind, resource: Resource): string | null {
  const isLong = (text: Json | undefined) =>
    typeof text === "string" && Buffer.byteLength(text) > indexedBytesMax;
  if (isLong(nameKey(nameOf(kind, resource)))) return kind === "user" ? "userName" : "displayName";
  if (isLong(resource["externalId"])) return "externalId";
  return JSON.stringify(resource).length > resourceUnitsMax ? "the resource" : null;
}

/** What filters and sorting look at: the resource with text folded where case does not matter. */
export function toSearch(type: ScimResourceType, resource: Resource): JsonObject {
  const own = foldedParts(type.schema.attributes, resource);
  const externalId = resource["externalId"];
  const extensions = type.extensions.flatMap(({ schema }): [string, Json][] => {
    const held = resource[schema.id];
    return isObject(held) ? [[schema.id, foldedParts(schema.attributes, held as JsonObject)]] : [];
  });
  return {
    ...own, ...(externalId === undefined ? {} : { externalId }), ...Object.fromEntries(extensions),
  };
}

function foldedParts(attributes: readonly ScimAttribute[], held: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(held).flatMap(([name, value]): [string, Json][] => {
    const attribute = findAttribute(attributes, name);
    return attribute === undefined ? [] : [[name, folded(attribute, value)]];
  }));
}

function folded(attribute: ScimAttribute, value: Json): Json {
  if (Array.isArray(value)) return value.map((each: Json) => folded(attribute, each));
  if (isObject(value)) return foldedParts(attribute.subAttributes ?? [], value as JsonObject);
  if (typeof value !== "string" || attribute.caseExact || attribute.type === "dateTime") {
    return value;
  }
  return fold(value);
}
