import {
  entityTag, project, type Json, type JsonObject, type Projection,
} from "@joinery/scim";
import type { PushedTypes } from "./pushed-types.js";
import { typeOf, type PushedKind, type PushedObject } from "./pushed.js";

/** A resource that another one names: a member of a group, a group of a person. */
export interface Named {
  readonly id: string;
  readonly kind: PushedKind;
  readonly name: string;
}

export function locationOf(base: string, kind: PushedKind, id: string): string {
  return `${base}${typeOf(kind).endpoint}/${id}`;
}

/** What a client is shown: `links` are the members of a group, or the groups of a person. */
export function represent(
  { base, types }: { readonly base: string; readonly types: PushedTypes },
  { id, kind, resource, version, createdAt, modifiedAt }: PushedObject,
  links: readonly Named[],
  projection: Projection,
): JsonObject {
  const type = types[kind];
  const used = type.extensions.flatMap(({ schema }) =>
    (resource[schema.id] === undefined ? [] : [schema.id]));
  const linked: Json = links.map((link) => ({
    value: link.id,
    $ref: locationOf(base, link.kind, link.id),
    display: link.name,
    type: kind === "group" ? typeOf(link.kind).name : "direct",
  }));
  const whole: JsonObject = {
    schemas: [type.schema.id, ...used],
    id,
    ...resource,
    ...(links.length === 0 ? {} : { [kind === "group" ? "members" : "groups"]: linked }),
    meta: {
      resourceType: type.name,
      created: createdAt.toISOString(),
      lastModified: modifiedAt.toISOString(),
      location: locationOf(base, kind, id),
      version: entityTag(version),
    },
  };
  return project(type, whole, projection);
}
