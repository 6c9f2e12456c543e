import { ValueFailure } from "./failure.js";
import type { AccountState, AttributeSchema, Desired, GuardClass, MapperFailure } from "./model.js";
import type { PlannedItem, Reference, Scalar, Value } from "./model.js";
import { equalValues, isReference, toValue } from "./values.js";

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
  const wishes = readWishes(input);
  const pending = wishes.pending.sort();
  if (wishes.failures.length > 0) return { items: [], pending, failures: wishes.failures };
  const items = account === null ? create(desired, wishes) : update(desired, account, wishes);
  return { items, pending, failures: [] };
}

interface Wish {
  readonly name: string;
  readonly schema: AttributeSchema;
  readonly value: Value | null;
}

interface Wishes {
  readonly wishes: Wish[];
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

function readWishes({ desired, account, schema }: PlanInput): Wishes {
  const result: Wishes = { wishes: [], pending: [], failures: [] };
  const known = byName(schema);
  for (const name of Object.keys(desired.attributes)) {
    const attribute = known.get(name);
    if (attribute === undefined || attribute.readOnly === true) continue;
    const wanted = desired.attributes[name] ?? null;
    const settled = attribute.type === "reference" ? settle(wanted) : wanted;
    const isPending = settled !== wanted;
    if (isPending) result.pending.push(name);
    if (settled === undefined) continue;
    try {
      const value = toValue(attribute, settled);
      const kept = keepMembers(attribute, value, account, isPending);
      if (kept === null && attribute.required === true && !isPending) {
        throw new ValueFailure("VALUE_MISSING", `"${name}" is required and would have no value`);
      }
      result.wishes.push({ name, schema: attribute, value: kept });
    } catch (error) {
      if (!(error instanceof ValueFailure)) throw error;
      const mapper = desired.because[name] ?? name;
      result.failures.push({ mapper, code: error.code, message: error.message });
    }
  }
  return result;
}

/** What of a reference attribute can be written now: the members that are resolved. */
function settle(wanted: Value | null): Value | null | undefined {
  if (wanted === null || typeof wanted !== "object") return wanted;
  if (!Array.isArray(wanted)) return isUnresolved(wanted as Scalar) ? undefined : wanted;
  const members = wanted as readonly Scalar[];
  const settled = members.filter((each) => !isUnresolved(each));
  return settled.length === members.length ? wanted : settled;
}

function isUnresolved(value: Scalar): boolean {
  if (!isReference(value)) return false;
  const { unresolved, by } = value as Reference;
  return unresolved === true || by !== undefined;
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
  if (attribute.type !== "reference" || account === null) return value;
  const actual = account.attributes[attribute.name];
  if (actual === undefined) return value;
  if (attribute.many !== true) return value === null && typeof actual === "string" ? actual : value;
  const kept = asScalars(actual).filter((each) => isPending || typeof each === "string");
  return kept.length === 0 ? value : toValue(attribute, [...asScalars(value), ...kept]);
}

function asScalars(value: Value | null): readonly Scalar[] {
  if (value === null) return [];
  return Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar];
}

function create(desired: Desired, { wishes }: Wishes): readonly PlannedItem[] {
  const plain: Record<string, Value | null> = {};
  const references: Record<string, Value | null> = {};
  const nothing: Record<string, Value | null> = {};
  const makers = [desired.because["$provision"]];
  const referrers: (string | undefined)[] = [];
  for (const { name, schema, value } of wishes) {
    if (value === null) continue;
    const isLink = schema.type === "reference" && asScalars(value).some(isReference);
    (isLink ? references : plain)[name] = value;
    (isLink ? referrers : makers).push(desired.because[name]);
    if (isLink) nothing[name] = null;
  }
  if (desired.enabled !== null) {
    plain["$enabled"] = desired.enabled;
    makers.push(desired.because["$enabled"]);
  }
  const because = sorted(makers);
  const first: PlannedItem =
    { operation: "create", before: {}, after: plain, because, classes: ["create"] };
  if (referrers.length === 0) return [first];
  return [
    first,
    {
      operation: "update",
      before: nothing,
      after: references,
      because: sorted(referrers),
      classes: ["update"],
    },
  ];
}

function update(
  desired: Desired,
  account: AccountState,
  { wishes }: Wishes,
): readonly PlannedItem[] {
  const before: Record<string, Value | null> = {};
  const after: Record<string, Value | null> = {};
  const makers: (string | undefined)[] = [];
  const classes: GuardClass[] = ["update"];
  let blanking = false;
  let rename = false;
  for (const { name, schema, value } of wishes) {
    const actual = account.attributes[name] ?? (schema.naming === true ? account.name : null);
    if (equalValues(schema, actual, value)) continue;
    if (actual !== null && actual !== "" && desired.weak.includes(name)) continue;
    before[name] = actual;
    after[name] = value;
    makers.push(desired.because[name]);
    if (value === null) blanking = true;
    if (schema.naming === true) rename = true;
  }
  const { enabled } = account;
  if (desired.enabled !== null && enabled !== undefined && enabled !== desired.enabled) {
    before["$enabled"] = enabled;
    after["$enabled"] = desired.enabled;
    makers.push(desired.because["$enabled"]);
    if (!desired.enabled) classes.push("disable");
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
  return [...new Set(ids.filter((each) => each !== undefined))].sort();
}
