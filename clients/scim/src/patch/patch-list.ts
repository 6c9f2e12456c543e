import { matchesValue } from "../filter/evaluate-filter.js";
import type { BoundFilter } from "../filter/filter.js";
import { canonicalJson, isObject, type Json, type JsonObject } from "../json.js";
import { coerce, coerceOne, distinctValues } from "../resource/coerce.js";
import { primaryCount } from "../resource/to-resource.js";
import { badRequest } from "../scim-error.js";
import type { ScimAttribute } from "../schema/attribute.js";
import type { PatchStep } from "./patch-request.js";

export type ListValue = Json;

/** Values that are not there yet, behind those that are; a new primary one is the only one. */
export function addToList(
  before: readonly ListValue[],
  added: readonly ListValue[],
): readonly ListValue[] {
  const held = primaryCount([...added]) > 0 ? before.map(withoutPrimary) : before;
  return distinctValues([...held, ...added]);
}

/**
 * Without the values that are given: those that are the same, or have the same `value` where
 * nothing else is said of them. Entra removes members like that, beside by a filter.
 */
export function removeFromList(
  attribute: ScimAttribute,
  before: readonly ListValue[],
  value: unknown,
): readonly ListValue[] {
  const given = (coerce(attribute, value) ?? []) as readonly ListValue[];
  const gone = new Set(given.map((each) => canonicalJson(each)));
  const values = new Set(given.flatMap((each) => {
    const isAlone = isObject(each) && Object.keys(each).every((name) => name === "value");
    return isAlone ? [canonicalJson((each as JsonObject)["value"])] : [];
  }));
  return before.filter((each) => !gone.has(canonicalJson(each))
    && !(isObject(each) && values.has(canonicalJson((each as JsonObject)["value"]))));
}

/** Changes the values that a filter selects (all without one), or one part of each. */
export function changeMatching(
  attribute: ScimAttribute,
  before: readonly ListValue[],
  step: PatchStep,
): readonly ListValue[] {
  const { op, target: { filter, sub }, value } = step;
  const isMeant = (each: ListValue) => filter === null || matchesValue(filter, each);
  if (op === "remove") {
    if (sub === null) return before.filter((each) => !isMeant(each));
    return before.flatMap((each) => (isMeant(each) ? withPart(each, sub, undefined) : [each]));
  }
  const given = sub === null ? coerceOne(attribute, unwrapped(value)) : coerce(sub, value);
  if (!before.some(isMeant)) return withNew(attribute, before, step, given);
  const isPrimary = sub?.name === "primary"
    ? given === true
    : isObject(given) && given["primary"] === true;
  const after = before.flatMap((each): readonly ListValue[] => {
    if (!isMeant(each)) return [isPrimary ? withoutPrimary(each) : each];
    if (sub !== null) return withPart(each, sub, given);
    if (given === undefined) return [];
    return [op === "add" && isObject(each) && isObject(given) ? { ...each, ...given } : given];
  });
  return distinctValues(after);
}

/**
 * RFC 7644 §3.5.2.3: replacing what is not there is noTarget. Adding makes the value that the
 * filter describes, as clients expect (`emails[type eq "work"].value`), where it is plain enough.
 */
function withNew(
  attribute: ScimAttribute,
  before: readonly ListValue[],
  { op, target: { filter, sub } }: PatchStep,
  given: Json | undefined,
): readonly ListValue[] {
  const described = filter === null ? {} : describedBy(filter);
  if (described === null || (op === "replace" && filter !== null)) {
    throw badRequest("noTarget", `no value of ${attribute.name} fits the filter`);
  }
  if (given === undefined) return before;
  const value = sub === null ? given : { [sub.name]: given };
  return addToList(before, [isObject(value) ? { ...described, ...value } : value]);
}

/** The parts that a filter of `eq` and `and` asks for; null for any other. */
function describedBy(filter: BoundFilter): JsonObject | null {
  if (filter.kind === "compare" && filter.operator === "eq") {
    return { [filter.path.attribute.name]: filter.value };
  }
  if (filter.kind !== "and") return null;
  const parts = filter.of.map(describedBy);
  if (parts.includes(null)) return null;
  return Object.fromEntries(parts.flatMap((each) => Object.entries(each ?? {})));
}

function withPart(
  value: ListValue,
  sub: ScimAttribute,
  part: Json | undefined,
): readonly ListValue[] {
  const { [sub.name]: _, ...others } = isObject(value) ? (value as JsonObject) : {};
  const parts = part === undefined ? others : { ...others, [sub.name]: part };
  return Object.keys(parts).length === 0 ? [] : [parts];
}

function withoutPrimary(value: ListValue): ListValue {
  if (!isObject(value) || value["primary"] !== true) return value;
  return { ...(value as JsonObject), primary: false };
}

/** One value that was sent as a list of one. */
function unwrapped(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;
}
