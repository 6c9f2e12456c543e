import type { Json, JsonObject } from "../json.js";
import { isObject, isSameJson } from "../json.js";
import { coerce } from "../resource/coerce.js";
import { checkResource, type Resource } from "../resource/to-resource.js";
import { badRequest } from "../scim-error.js";
import type { ScimAttribute } from "../schema/attribute.js";
import type { ScimResourceType } from "../schema/schema.js";
import { addToList, changeMatching, removeFromList, type ListValue } from "./patch-list.js";
import type { PatchStep } from "./patch-request.js";

/** Attributes under construction. Names are the schema's, never what somebody sent. */
type Draft = Record<string, Json>;

/**
 * The resource after all steps, or none of them. Throws mutability, noTarget, invalidValue; the
 * resource that was given is not touched.
 */
export function applyPatch(
  type: ScimResourceType,
  resource: Resource,
  steps: readonly PatchStep[],
): Resource {
  const draft: Draft = { ...resource };
  for (const step of steps) applyStep(draft, step);
  checkResource(type, draft);
  return draft;
}

function applyStep(draft: Draft, step: PatchStep): void {
  const { extension, attribute } = step.target;
  if (attribute === null) {
    delete draft[extension];
    return;
  }
  const container = extension === null ? draft : partsOf(draft[extension]);
  changeAttribute(container, attribute, step);
  if (extension === null) return;
  if (Object.keys(container).length === 0) delete draft[extension];
  else draft[extension] = container;
}

function partsOf(value: Json | undefined): Draft {
  return isObject(value) ? { ...(value as JsonObject) } : {};
}

function changeAttribute(container: Draft, attribute: ScimAttribute, step: PatchStep): void {
  const { sub } = step.target;
  checkMutable(attribute, sub, container[attribute.name], step);
  const before = container[attribute.name];
  const after = attribute.multiValued
    ? listAfter(attribute, Array.isArray(before) ? (before as ListValue[]) : [], step)
    : singleAfter(attribute, before, step);
  if (after === undefined) delete container[attribute.name];
  else container[attribute.name] = after;
}

/** RFC 7644 §3.5.2: read-only and immutable values stay, required ones cannot go. */
function checkMutable(
  attribute: ScimAttribute,
  sub: ScimAttribute | null,
  before: Json | undefined,
  { op, value }: PatchStep,
): void {
  if (attribute.mutability === "readOnly" || sub?.mutability === "readOnly") {
    throw badRequest("mutability", `${(sub ?? attribute).name} is read-only`);
  }
  if (attribute.required && sub === null && (op === "remove" || value === null)) {
    throw badRequest("mutability", `${attribute.name} is required`);
  }
  if (attribute.mutability === "immutable" && before !== undefined && sub === null) {
    const stays = op !== "remove" && isSameJson(before, coerce(attribute, value));
    if (!stays) throw badRequest("mutability", `${attribute.name} cannot be changed`);
  }
}

function singleAfter(
  attribute: ScimAttribute,
  before: Json | undefined,
  { op, target: { sub }, value }: PatchStep,
): Json | undefined {
  if (sub === null) {
    const given = op === "remove" ? undefined : coerce(attribute, value);
    if (given === undefined || !isObject(given)) return given;
    // RFC 7644 §3.5.2.3: of a complex attribute only the given parts are set.
    return { ...partsOf(before), ...(given as JsonObject) };
  }
  const parts = partsOf(before);
  const part = op === "remove" ? undefined : coerce(sub, value);
  if (part === undefined) delete parts[sub.name];
  else parts[sub.name] = part;
  return Object.keys(parts).length === 0 ? undefined : parts;
}

function listAfter(
  attribute: ScimAttribute,
  before: readonly ListValue[],
  step: PatchStep,
): Json | undefined {
  const { op, target: { filter, sub }, value } = step;
  if (filter !== null || sub !== null) return some(changeMatching(attribute, before, step));
  if (op === "remove") {
    return value === undefined || value === null
      ? undefined
      : some(removeFromList(attribute, before, value));
  }
  const given = (coerce(attribute, value) ?? []) as readonly ListValue[];
  return some(op === "replace" ? given : addToList(before, given));
}

function some(values: readonly ListValue[]): Json | undefined {
  return values.length === 0 ? undefined : values;
}
