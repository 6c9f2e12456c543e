import { itemHash, planMembers, type PlannedItem } from "@joinery/engine";
import { isSignedOff, type Application } from "../../domain/application.js";
import { patternDigest, patternOf } from "../../domain/pattern.js";
import type { NewItem, WantedMember } from "../outbound-ports.js";
import type { LoadedChunk } from "./load-chunk.js";
import type { LoadedMembers } from "./load-members.js";
import { exportWaveId, type OutboundWork } from "./outbound-work.js";
import { placeOf, settle, type Place, type PlannedChunk } from "./plan-chunk.js";

/**
 * Members of the groups that an application has or will have: added at once where the account is
 * there, later where it is still to be made, removed within the range that is ours. What nobody can
 * resolve is never removed. What an application itself reports is no wish for it.
 */
export function planMemberships(
  work: OutboundWork,
  chunk: LoadedChunk,
  members: LoadedMembers,
  planned: PlannedChunk,
): void {
  for (const identity of chunk.identities) {
    for (const application of chunk.targets) {
      const range = work.rules.ruleSet.applications[application.key]?.group?.outbound?.memberships;
      const place = placeOf(work, chunk, identity, application);
      const isMade = place.account?.state === "present";
      const willBe = isMade || planned.items.some((item) =>
        item.operation === "create" && item.accountId === place.accountId);
      const isKept = willBe && !identity.isGone && !isDeleted(planned, place);
      const items = isKept && range !== undefined
        ? itemsOf(work, place, range, isMade, members) : [];
      if (isKept && range !== undefined && range !== "none") {
        waitForAccounts(place, members, planned);
      }
      settle(chunk, place, items, planned, (operation) => operation === "members");
    }
  }
}

/** A member without an account there is looked for again when there is news of the member. */
function waitForAccounts(
  { identity, application }: Place,
  members: LoadedMembers,
  planned: PlannedChunk,
): void {
  for (const wish of members.missing.get(identity.id) ?? []) {
    if (wish.applicationId !== application.id || wish.accountId !== null) continue;
    if (isForeign(wish, application)) planned.lacking.push(wish);
  }
}

function isDeleted(planned: PlannedChunk, { accountId }: Place): boolean {
  return planned.items.some((item) => item.operation === "delete" && item.accountId === accountId);
}

function itemsOf(
  work: OutboundWork,
  place: Place,
  range: "all" | "own" | "none",
  isMade: boolean,
  members: LoadedMembers,
): NewItem[] {
  const { identity, application, accountId } = place;
  const wishes = (members.missing.get(identity.id) ?? []).filter((wish) =>
    wish.applicationId === application.id && isForeign(wish, application));
  const present = new Map(wishes.flatMap(({ accountId: id, isPresent }) =>
    id === null ? [] : [[id, isPresent] as const]));
  const actual = new Map((members.unwanted.get(accountId) ?? []).map(({ memberAccount, ours }) =>
    [memberAccount, { ours }] as const));
  const { add, remove } = planMembers({ wanted: new Set(present.keys()), actual, range });
  const soon = isMade ? add.filter((id) => present.get(id) === true) : [];
  const late = add.filter((id) => !soon.includes(id));
  const because = [...new Set(wishes.flatMap((wish) => [...wish.because]))].sort();
  const items: NewItem[] = [];
  if (soon.length > 0 || remove.length > 0) {
    items.push(memberItem(work, place, { add: soon, remove }, because, []));
  }
  if (late.length > 0) {
    const waits = [
      ...late.filter((id) => present.get(id) !== true),
      ...(isMade ? [] : [accountId]),
    ];
    items.push(memberItem(work, place, { add: late, remove: [] }, because, waits));
  }
  return items;
}

/** An application that says who its members are does not wish for them. */
function isForeign({ because }: WantedMember, { id }: Application): boolean {
  return because.some((origin) => origin !== `application:${id}`);
}

function memberItem(
  work: OutboundWork,
  { identity, application, account, accountId }: Place,
  after: { readonly add: readonly string[]; readonly remove: readonly string[] },
  because: readonly string[],
  waits: readonly string[],
): NewItem {
  const object = {
    application: application.key, kind: "group" as const, identity: identity.id, account: accountId,
  };
  const classes = after.remove.length > 0 ? ["update", "membershipRemoval"] as const
    : ["update"] as const;
  // The engine hashes any operation; that of members is ours.
  const hashed = { operation: "members", before: {}, after, because, classes };
  return {
    waveId: exportWaveId(work.task.tenant, work.run.id, application.id),
    runId: work.run.id,
    applicationId: application.id,
    accountId,
    identityId: identity.id,
    kind: "group",
    operation: "members",
    before: {},
    after,
    because,
    classes,
    hash: itemHash(work.digestKey, object, hashed as unknown as PlannedItem),
    pattern: patternDigest(patternOf({ ...hashed, kind: "group" })),
    isProposed: isSignedOff(application),
    baseRevision: account?.revision ?? null,
    waitsFor: waits,
    names: null,
  };
}

