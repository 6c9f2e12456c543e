import type { Expected, ExpectedAccount } from "./company/oracle.js";
import type { ItemRow, State, TargetState } from "./look/state.js";
import { replayAudit } from "./look/replay.js";
import { judgeTold } from "./look/told.js";

/** What a campaign counts, each as a sentence that names the object. */
export interface Verdict {
  /** Something that should be there and is not, or not as it should be. */
  readonly lost: readonly string[];
  /** Something that is there more often than it should be. */
  readonly duplicates: readonly string[];
  /** Something in a target that no item of a plan holds. */
  readonly unplanned: readonly string[];
}

/** Compares what is there with what HR says should be; empty lists are the bar. */
export function judge(state: State, expected: Expected): Verdict {
  const found = { lost: [] as string[], duplicates: [] as string[], unplanned: [] as string[] };
  found.lost.push(...state.runs.map((run) => `run ${run}`), ...state.gaps);
  judgeIdentities(state, expected, found);
  for (const [key, target] of state.targets) {
    const wanted = key === "directory" ? expected.directory : expected.wiki;
    judgeAccounts(key, target, wanted, found);
    if (key === "directory") judgeMembers(target, expected, found);
    judgeNames(key, target, found);
    judgeEffects(key, target, state.items, found);
  }
  judgeRecord(state, found);
  replayAudit(state, found);
  judgeTold(state, found);
  return found;
}

type Found = { lost: string[]; duplicates: string[]; unplanned: string[] };

function judgeIdentities({ identities }: State, expected: Expected, found: Found): void {
  const people = identities.filter(({ kind }) => kind === "user");
  const byNumber = Map.groupBy(people.filter(({ state }) => state === "active"),
    ({ attributes }) => String(attributes["number"]));
  for (const [number, { gone, texts }] of expected.identities) {
    const rows = byNumber.get(number) ?? [];
    if (rows.length > 1) found.duplicates.push(`identity ${number} is there ${rows.length} times`);
    const [row] = rows;
    if (gone !== (row === undefined)) {
      found.lost.push(`identity ${number} is ${row ? "still" : "not"} there`);
    }
    if (row === undefined || gone) continue;
    for (const [name, value] of Object.entries(texts)) {
      if (row.attributes[name] !== value) found.lost.push(`identity ${number} has a wrong ${name}`);
    }
  }
  for (const number of byNumber.keys()) {
    if (!expected.identities.has(number)) found.unplanned.push(`identity ${number} is nobody's`);
  }
  if (people.length > expected.identities.size) {
    const more = people.length - expected.identities.size;
    found.duplicates.push(`${more} identities more than people ever were in HR`);
  }
}

function judgeAccounts(
  key: string,
  { objects }: TargetState,
  wanted: ReadonlyMap<string, ExpectedAccount>,
  found: Found,
): void {
  const users = new Map(objects.filter(({ kind }) => kind === "user")
    .map((object) => [object.name, object]));
  for (const [login, { attributes, enabled }] of wanted) {
    const object = users.get(login);
    if (object === undefined) {
      found.lost.push(`${key} has no account ${login}`);
      continue;
    }
    const names = new Set([...Object.keys(attributes), ...Object.keys(object.attributes)]);
    for (const name of names) {
      if (object.attributes[name] === attributes[name]) continue;
      found.lost.push(`${key} has a wrong ${name} of ${login}`);
    }
    if (enabled !== null && object.enabled !== enabled) {
      found.lost.push(`${key} has ${login} ${object.enabled === true ? "enabled" : "disabled"}`);
    }
  }
  for (const login of users.keys()) {
    if (!wanted.has(login)) found.lost.push(`${key} still has ${login}`);
  }
}

function judgeMembers({ objects, members }: TargetState, expected: Expected, found: Found): void {
  const groups = new Map(objects.filter(({ kind }) => kind === "group")
    .map(({ anchor, name }) => [anchor, name]));
  const there = new Set(members.map(({ group, member }) => `${groups.get(group)} has ${member}`));
  const wanted = new Set([...expected.members].flatMap(([group, logins]) =>
    [...logins].map((login) => `${group} has ${login}`)));
  for (const each of wanted) if (!there.has(each)) found.lost.push(`not: group ${each}`);
  for (const each of there) if (!wanted.has(each)) found.lost.push(`still: group ${each}`);
}

function judgeNames(key: string, { objects }: TargetState, found: Found): void {
  const byName = Map.groupBy(objects, ({ kind, name }) => `${kind} ${name}`);
  for (const [name, { length }] of byName) {
    if (length > 1) found.duplicates.push(`${key} has ${name} ${length} times`);
  }
}

/**
 * Each effect has its item, wrote what the item holds, and is the only one of it. A create is
 * called as its account, of which there is one item for each time that it was made.
 */
function judgeEffects(
  key: string,
  { effects }: TargetState,
  items: readonly ItemRow[],
  found: Found,
): void {
  const own = items.filter(({ application }) => application === key);
  const byWrite = Map.groupBy(own, ({ operation, id, accountId }) =>
    `${operation} ${operation === "create" ? accountId : id}`);
  const done = new Set<ItemRow>();
  for (const { id, operation, name, written } of effects) {
    const planned = byWrite.get(`${operation} ${id}`) ?? [];
    const what = `${operation} of ${name} in ${key} (${id})`;
    const left = planned.filter((each) => !done.has(each));
    const item = left.find(({ state }) => state === "done") ?? left[0] ?? planned[0];
    if (item === undefined) {
      found.unplanned.push(`${what} is in no plan`);
      continue;
    }
    if (done.has(item)) found.unplanned.push(`${what} was done twice`);
    done.add(item);
    for (const [attribute, value] of Object.entries(written)) {
      if (operation === "members" || covers(item.after[attribute], value)) continue;
      found.unplanned.push(`${what} wrote another ${attribute} than planned`);
    }
  }
  for (const item of own) {
    if (item.state !== "done" || done.has(item)) continue;
    found.lost.push(
      `${item.operation} of item ${item.id} is done and ${key} knows nothing of it`);
  }
}

/** A reference is written as the name of the account that the item means by its id. */
function covers(planned: unknown, written: unknown): boolean {
  if (typeof planned === "object" && planned !== null && "ref" in planned) return true;
  return JSON.stringify(planned ?? null) === JSON.stringify(written ?? null);
}

/** What Joinery keeps of a target is what the target has, each account once. */
function judgeRecord({ accounts, items, targets }: State, found: Found): void {
  for (const { id, operation, state, application } of items) {
    if (state === "done" || state === "discarded" || state === "stale") continue;
    found.lost.push(`${operation} of item ${id} for ${application} is ${state}`);
  }
  for (const [key, { objects }] of targets) {
    const kept = accounts.filter((each) => each.application === key && each.state !== "gone");
    const byAnchor = Map.groupBy(kept, ({ anchor }) => String(anchor));
    for (const object of objects) {
      const rows = byAnchor.get(object.anchor) ?? [];
      if (rows.length > 1) found.duplicates.push(`account ${object.name} of ${key} is kept twice`);
      const [row] = rows;
      if (row === undefined) found.lost.push(`account ${object.name} of ${key} is not known`);
      else if (!isSame(row.attributes, object.attributes)) {
        found.lost.push(`account ${object.name} of ${key} is known otherwise than it is`);
      }
    }
    const there = new Set(objects.map(({ anchor }) => anchor));
    for (const { anchor, name, state } of kept) {
      if (anchor !== null && there.has(anchor)) continue;
      found.lost.push(`account ${name} is ${state} and ${key} has none`);
    }
    const byIdentity = Map.groupBy(kept.filter((each) => each.kind === "user"),
      ({ identityId }) => String(identityId));
    for (const [identity, rows] of byIdentity) {
      if (identity === "null" || rows.length === 1) continue;
      found.duplicates.push(`identity ${identity} has ${rows.length} accounts in ${key}`);
    }
  }
}

function isSame(a: object, b: object): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(json: object): [string, unknown][] {
  return Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1));
}
