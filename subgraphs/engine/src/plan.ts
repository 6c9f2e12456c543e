import { asValueFailure, ValueFailure } from "./failure.js";
import type { AccountState, AttributeSchema, Desired, GuardClass, MapperFailure } from "./model.js";
import type { PlannedItem, Scalar, Value } from "./model.js";
import { objectOf } from "./shapes.js";
import { equalValues, isList, isReference, sortTexts, toValue } from "./values.js";

export interface PlanInput {
  readonly desired: Desired;
  /** Null: the identity has no account there yet. */
  readonly account: AccountState | null;
  /** Of the application, for the account's kind. The same array for many calls is fastest. */
  readonly schema: readonly AttributeSchema[];
}

export interface AccountPlan {
  /**
   * None, one, or two: a create without references and an update that sets them. Empty whenever
   * there are failures, the desired state's own included: nothing is half-planned.
   */
  readonly items: readonly PlannedItem[];
  /** Attributes that wait for a reference which the host could not resolve yet; sorted. */
  readonly pending: readonly string[];
  /** Values that the application's schema cannot hold, by the mapper that made them. */
  readonly failures: readonly MapperFailure[];
}

/**
 * The difference between what an account should be and what it is. References of both are resolved
 * by the host to `{ref: <id of the target account>}`; one that it could not resolve is
 * `{ref, unresolved: true}` in `desired` and stays text in the account.
 *
 * | desired         | account | otherwise | items                                  |
 * | --------------- | ------- | --------- | -------------------------------------- |
 * | provisioned     | none    |           | create, then references                |
 * | provisioned     | exists  |           | update of what differs                 |
 * | not provisioned | none    |           | none                                   |
 * | not provisioned | exists  | keep      | none                                   |
 * | not provisioned | exists  | disable   | update of `$enabled`, unless disabled  |
 * | not provisioned | exists  | delete    | delete                                 |
 *
 * Attributes that no mapper speaks of, and those the schema calls read-only or does not know, are
 * never touched. A `$enabled` is planned only for an account that has such a state.
 */
export function planAccount(input: PlanInput): AccountPlan {
  const { desired, account } = input;
  if (desired.failures.length > 0) return { items: [], pending: [], failures: [] };
  if (!desired.provisioned) {
    const item = account === null ? undefined : deprovision(desired, account);
    return { items: item === undefined ? [] : [item], pending: [], failures: [] };
  }
  const notes: Notes = { pending: [], failures: [] };
  const items = account === null ? create(input, notes) : update(input, account, notes);
  return { items: notes.failures.length === 0 ? items : [], ...notes };
}

interface Notes {
  readonly pending: string[];
  readonly failures: MapperFailure[];
}

const schemaMaps = new WeakMap<readonly AttributeSchema[], ReadonlyMap<string, AttributeSchema>>();

function byName(schema: readonly AttributeSchema[]): ReadonlyMap<string, AttributeSchema> {
  let map = schemaMaps.get(schema);
  if (map === undefined) {
    map = new Map(schema.map((each) => [each.name, each]));
    schemaMaps.set(schema, map);
  }
  return map;
}

/** In order of names, so that the items' canonical form is the form that they have. */
function namesOf(desired: Desired): readonly string[] {
  return sortTexts(Object.keys(desired.attributes));
}

/**
 * What an attribute should be now; undefined where that is not to be written: not known to the
 * schema, read-only, pending or a failure.
 */
function wishOf(
  { desired, account }: PlanInput,
  name: string,
  attribute: AttributeSchema | undefined,
  notes: Notes,
): Value | null | undefined {
  if (attribute === undefined || attribute.readOnly === true) return undefined;
  const wanted = desired.attributes[name] ?? null;
  try {
    const value =
      attribute.type === "reference"
        ? settledReferences(attribute, wanted, account, notes)
        : toValue(attribute, wanted);
    if (value !== null || attribute.required !== true) return value;
    throw new ValueFailure("VALUE_MISSING", `"${name}" is required and would have no value`);
  } catch (error) {
    const { code, message } = asValueFailure(error);
    notes.failures.push({ mapper: desired.because[name] ?? name, code, message });
    return undefined;
  }
}

function settledReferences(
  attribute: AttributeSchema,
  wanted: Value | null,
  account: AccountState | null,
  notes: Notes,
): Value | null | undefined {
  const settled = settle(wanted);
  const isPending = settled !== wanted;
  if (isPending) notes.pending.push(attribute.name);
  if (settled === undefined) return undefined;
  const value = keepMembers(attribute, toValue(attribute, settled), account, isPending);
  return value === null && isPending ? undefined : value;
}

/** What of a reference attribute can be written now: the members that are resolved. */
function settle(wanted: Value | null): Value | null | undefined {
  if (wanted === null) return null;
  if (!isList(wanted)) return isUnresolved(wanted) ? undefined : wanted;
  const settled = wanted.filter((each) => !isUnresolved(each));
  return settled.length === wanted.length ? wanted : settled;
}

function isUnresolved(value: Scalar): boolean {
  return isReference(value) && (value.unresolved === true || value.by !== undefined);
}

/**
 * A member that the host could not resolve when it was read stands: we cannot know whose it is. And
 * while one of the wished members is pending, none is taken away: it may be the pending one.
 */
function keepMembers(
  attribute: AttributeSchema,
  value: Value | null,
  account: AccountState | null,
  isPending: boolean,
): Value | null {
  if (account === null) return value;
  const actual = account.attributes[attribute.name];
  if (actual === undefined) return value;
  if (attribute.many !== true) return value === null && typeof actual === "string" ? actual : value;
  const kept = asScalars(actual).filter((each) => isPending || typeof each === "string");
  return kept.length === 0 ? value : toValue(attribute, [...asScalars(value), ...kept]);
}

function asScalars(value: Value | null): readonly Scalar[] {
  if (value === null) return [];
  return isList(value) ? value : [value];
}

function create(input: PlanInput, notes: Notes): readonly PlannedItem[] {
  const { desired, schema } = input;
  const known = byName(schema);
  const names: string[] = [];
  const values: Value[] = [];
  const references: Record<string, Value | null> = {};
  const nothing: Record<string, Value | null> = {};
  const makers = [desired.because["$provision"]];
  const referrers: (string | undefined)[] = [];
  if (desired.enabled !== null) {
    names.push("$enabled");
    values.push(desired.enabled);
    makers.push(desired.because["$enabled"]);
  }
  for (const name of namesOf(desired)) {
    const value = wishOf(input, name, known.get(name), notes);
    if (value === null || value === undefined) continue;
    if (typeof value === "object" && asScalars(value).some(isReference)) {
      references[name] = value;
      nothing[name] = null;
      referrers.push(desired.because[name]);
    } else {
      names.push(name);
      values.push(value);
      makers.push(desired.because[name]);
    }
  }
  const first: PlannedItem = {
    operation: "create",
    before: {},
    after: objectOf(names, values),
    because: sorted(makers),
    classes: ["create"],
  };
  if (referrers.length === 0) return [first];
  const because = sorted(referrers);
  const classes: readonly GuardClass[] = ["update"];
  return [first, { operation: "update", before: nothing, after: references, because, classes }];
}

function update(input: PlanInput, account: AccountState, notes: Notes): readonly PlannedItem[] {
  const { desired, schema } = input;
  const known = byName(schema);
  const before: Record<string, Value | null> = {};
  const after: Record<string, Value | null> = {};
  const makers: (string | undefined)[] = [];
  const classes: GuardClass[] = ["update"];
  let blanking = false;
  let rename = false;
  const { enabled } = account;
  if (desired.enabled !== null && enabled !== undefined && enabled !== desired.enabled) {
    before["$enabled"] = enabled;
    after["$enabled"] = desired.enabled;
    makers.push(desired.because["$enabled"]);
    if (!desired.enabled) classes.push("disable");
  }
  for (const name of namesOf(desired)) {
    const attribute = known.get(name);
    const value = wishOf(input, name, attribute, notes);
    if (value === undefined || attribute === undefined) continue;
    const actual = account.attributes[name] ?? null;
    if (equalValues(attribute, actual, value)) continue;
    if (actual !== null && actual !== "" && desired.weak.includes(name)) continue;
    before[name] = actual;
    after[name] = value;
    makers.push(desired.because[name]);
    if (value === null) blanking = true;
    if (attribute.naming === true && actual !== null) rename = true;
  }
  if (makers.length === 0) return [];
  if (blanking) classes.push("blanking");
  if (rename) classes.push("rename");
  return [{ operation: "update", before, after, because: sorted(makers), classes }];
}

function deprovision(desired: Desired, account: AccountState): PlannedItem | undefined {
  const because = sorted([desired.because["$provision"]]);
  if (desired.otherwise === "delete") {
    const before: Record<string, Value | null> = { ...account.attributes };
    if (account.enabled !== undefined) before["$enabled"] = account.enabled;
    return { operation: "delete", before, after: {}, because, classes: ["delete"] };
  }
  if (desired.otherwise === "keep" || account.enabled !== true) return undefined;
  return {
    operation: "update",
    before: { $enabled: true },
    after: { $enabled: false },
    because,
    classes: ["update", "disable"],
  };
}

function sorted(ids: readonly (string | undefined)[]): readonly string[] {
  const all = sortTexts(ids.filter((each) => each !== undefined));
  return all.filter((each, at) => at === 0 || each !== all[at - 1]);
}
