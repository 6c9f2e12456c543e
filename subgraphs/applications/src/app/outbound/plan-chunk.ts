import {
  itemHash, planAccount, type AccountState, type AttributeSchema, type Desired, type PlannedItem,
} from "@joinery/engine";
import { isSignedOff, type Application } from "../../domain/application.js";
import { partOf, withoutContradictions } from "../../domain/contradiction.js";
import { futureDelete, type FutureDelete } from "../../domain/future-delete.js";
import { patternDigest, patternOf } from "../../domain/pattern.js";
import {
  isReference,
  referencesIn,
  resolveActual,
  resolveDesired,
} from "../../domain/references.js";
import type { TriedNames } from "../../domain/next-name.js";
import type {
  DueIdentity, GroupMember, NewItem, OpenItem, TargetAccount,
} from "../outbound-ports.js";
import { isLacking, pairOf, type LoadedChunk } from "./load-chunk.js";
import { namedWish, type NamedWish } from "./named-wish.js";
import { exportWaveId, plannedAccountId, type OutboundWork } from "./outbound-work.js";

/** What a chunk came to: items to keep, older ones to discard, who waits, when dates matter. */
export interface PlannedChunk {
  readonly items: NewItem[];
  /** Older items that the new plan replaces. */
  readonly replaced: OpenItem[];
  /** Planned accounts that are not to be made any more. */
  readonly unplanned: string[];
  readonly waiting: { readonly identityId: string; readonly waits: readonly string[] }[];
  /** Members that groups shall have and that have no account. */
  readonly lacking: GroupMember[];
  readonly dates: { readonly id: string; readonly at: string | null }[];
  /** Deletes to come that are new or over. */
  readonly deletes: { readonly accountId: string; readonly at: Date | null }[];
}

/** One identity in one target. */
export interface Place {
  readonly identity: DueIdentity;
  readonly application: Application;
  readonly account: TargetAccount | null;
  readonly accountId: string;
}

/** Plans every identity of a chunk in every target; one that fails is told and harms no other. */
export function planChunk(work: OutboundWork, chunk: LoadedChunk): PlannedChunk {
  const planned: PlannedChunk = {
    items: [], replaced: [], unplanned: [], waiting: [], lacking: [], dates: [],
    deletes: [],
  };
  for (const identity of chunk.identities) {
    const waits = new Set<string>();
    let nextDueAt: string | null = null;
    for (const application of chunk.targets) {
      const place = placeOf(work, chunk, identity, application);
      const wish = namedWish(work, chunk, application, identity, place.accountId);
      const { waitsFor: whom, deleteAt } = planOne(work, chunk, place, wish, planned);
      for (const who of whom) waits.add(who);
      nextDueAt = earlier(nextDueAt, earlier(wish.desired.nextDueAt, deleteAt));
    }
    work.tally.identities += 1;
    planned.dates.push({ id: identity.id, at: nextDueAt });
    if (waits.size === 0) continue;
    work.tally.pending += 1;
    planned.waiting.push({ identityId: identity.id, waits: [...waits] });
  }
  return planned;
}

function earlier(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

interface One {
  /** For whom the identity waits. */
  readonly waitsFor: readonly string[];
  /** When the account is deleted. */
  readonly deleteAt: string | null;
}

const noOne: One = { waitsFor: [], deleteAt: null };

function planOne(
  work: OutboundWork,
  chunk: LoadedChunk,
  place: Place,
  { desired, names }: NamedWish,
  planned: PlannedChunk,
): One {
  const { identity, application, account } = place;
  if (account !== null && isProtected(application, account)) {
    work.tally.protected += 1;
    return noOne;
  }
  const schema = application.schema[chunk.kind] ?? [];
  const wished = wishOf(work, chunk, place, desired);
  const known = chunk.accounts.get(pairOf(identity.id, application.id)) ?? null;
  const later = laterOf(work, wished, known);
  const wish: Desired = later.isDue ? { ...wished, otherwise: "delete" } : wished;
  const state = account?.state === "present"
    ? toAccountState(chunk, place, account, schema) : null;
  const plan = planAccount({ desired: wish, account: state, schema });
  const failures = [...wish.failures, ...plan.failures];
  for (const { code, mapper, message } of failures) {
    work.tally.errors.add(code, identity.id, `${application.key}, ${mapper}: ${message}`);
  }
  if (failures.length > 0) {
    work.tally.failed += 1;
    return { waitsFor: [], deleteAt: later.nextAt?.toISOString() ?? null };
  }
  if (known !== null && later.keep !== undefined) {
    planned.deletes.push({ accountId: known.id, at: later.keep });
  }
  const items = plan.items.flatMap((item) => toItems(work, chunk, place, item, schema))
    .map((item) => withNames(item, desired, names));
  settle(chunk, place, items, planned, (operation) => operation !== "members");
  if (account?.state === "planned" && items.every(({ operation }) => operation !== "create")) {
    planned.unplanned.push(account.id);
  }
  return {
    waitsFor: plan.pending.length === 0 ? [] : waitsOf(chunk, wish),
    deleteAt: later.nextAt?.toISOString() ?? null,
  };
}

function laterOf(
  work: OutboundWork,
  { provisioned, deleteAfterDays }: Desired,
  known: TargetAccount | null,
): FutureDelete {
  const days = provisioned ? undefined : deleteAfterDays;
  const kept = known ?? { deleteAt: null, isDeleteCancelled: false };
  return futureDelete(days, known?.state === "present", kept, work.now);
}

/** The account that the identity has there, or would have. */
export function placeOf(
  work: OutboundWork,
  chunk: LoadedChunk,
  identity: DueIdentity,
  application: Application,
): Place {
  const known = chunk.accounts.get(pairOf(identity.id, application.id)) ?? null;
  const accountId = known?.id
    ?? plannedAccountId(work.task.tenant, application.id, chunk.kind, identity.id);
  return { identity, application, account: known?.state === "gone" ? null : known, accountId };
}

function isProtected({ protectedNames }: Application, { name, anchor }: TargetAccount): boolean {
  return protectedNames.includes(name) || (anchor !== null && protectedNames.includes(anchor));
}

/** References resolved; whoever is gone from the vault is not provisioned anywhere. */
function wishOf(work: OutboundWork, chunk: LoadedChunk, place: Place, desired: Desired): Desired {
  if (place.identity.isGone) return { ...desired, provisioned: false, failures: [] };
  return resolveDesired(desired, (ref) => accountOf(work, chunk, place.application, ref));
}

/**
 * The account of a reference's owner in the target: the one that is there, else the one that will
 * be made, for whom the rules provision there; null when there will be none.
 */
function accountOf(
  work: OutboundWork,
  chunk: LoadedChunk,
  application: Application,
  ref: string,
): string | null {
  const { owners, links, ownersById } = chunk.references;
  const link = links.get(pairOf(ref, application.id));
  if (link !== undefined && !isLacking(link)) return link.accountId;
  const owner = ownersById.get(owners.get(ref) ?? "");
  // Whoever is not planned for in this wave gets no account by it.
  if (owner === undefined || owner.isGone) return null;
  if (!owner.isDue && !work.allDue.has(application.id)) return null;
  if (!work.rules.engine.targets(owner.kind).includes(application.key)) return null;
  const desired = work.rules.engine.desire(application.key, owner, work.now.toISOString());
  if (!desired.provisioned || desired.failures.length > 0) return null;
  return link?.accountId
    ?? plannedAccountId(work.task.tenant, application.id, owner.kind, owner.id);
}

function toAccountState(
  chunk: LoadedChunk,
  { application }: Place,
  account: TargetAccount,
  schema: readonly AttributeSchema[],
): AccountState {
  const { actual } = chunk.references;
  return {
    id: account.id,
    application: application.key,
    kind: chunk.kind,
    anchor: account.anchor ?? "",
    name: account.name,
    attributes: resolveActual(account.attributes, schema,
      (raw) => actual.get(pairOf(application.id, raw)) ?? null),
    ...(account.enabled === null ? {} : { enabled: account.enabled }),
  };
}

/** Who is waited for: the owner where the vault knows one, else the account itself. */
function waitsOf(chunk: LoadedChunk, wish: Desired): string[] {
  const unresolved = Object.values(wish.attributes).flatMap((value) => {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list.flatMap((each) =>
      isReference(each) && each.unresolved === true ? [each.ref] : []);
  });
  return unresolved.map((ref) => chunk.references.owners.get(ref) ?? ref);
}

/** The item without what contradicts, in two where a part must wait for other accounts. */
function toItems(
  work: OutboundWork,
  chunk: LoadedChunk,
  place: Place,
  given: PlannedItem,
  schema: readonly AttributeSchema[],
): NewItem[] {
  const { account, identity, application } = place;
  const corrections = account?.corrections ?? null;
  const { item, contradicting } = withoutContradictions(given, corrections, schema, work.now);
  for (const name of contradicting) {
    work.tally.contradictions += 1;
    work.tally.errors.add("CONTRADICTION", identity.id,
      `${application.key}: ${name} was corrected twice in 24 h and is otherwise again`);
  }
  if (item === null) return [];
  if (item.operation !== "update") return [newItem(work, chunk, place, item, [])];
  const waitsOn = (names: readonly string[]) => waitsFor(chunk, place, item, names);
  const names = Object.keys(item.after);
  const late = names.filter((name) => waitsOn([name]).length > 0);
  if (late.length === 0) return [newItem(work, chunk, place, item, [])];
  const soon = names.filter((name) => !late.includes(name));
  return [
    ...(soon.length === 0 ? [] : [newItem(work, chunk, place, partOf(item, soon, schema), [])]),
    newItem(work, chunk, place, partOf(item, late, schema), waitsOn(late)),
  ];
}

/**
 * Accounts that attributes of an item name, the item's own included, and that are not there yet.
 */
function waitsFor(
  chunk: LoadedChunk,
  { account, accountId }: Place,
  item: PlannedItem,
  names: readonly string[],
): string[] {
  const refs = referencesIn(
    Object.fromEntries(names.map((name) => [name, item.after[name] ?? null])),
  );
  const present = new Set<string>();
  for (const { accountId: id, state } of chunk.references.links.values()) {
    if (state === "present" && id !== null) present.add(id);
  }
  for (const id of chunk.references.actual.values()) present.add(id);
  const own = account?.state === "present" ? [] : [accountId];
  return [...new Set([...own, ...refs.filter((ref) => !present.has(ref))])];
}

/** An item that writes a name says which one it tries. */
function withNames(item: NewItem, { numbered }: Desired, names: TriedNames | null): NewItem {
  return numbered.some((name) => Object.hasOwn(item.after, name)) ? { ...item, names } : item;
}

function newItem(
  work: OutboundWork,
  chunk: LoadedChunk,
  { identity, application, account, accountId }: Place,
  item: PlannedItem,
  waits: readonly string[],
): NewItem {
  const object = {
    application: application.key, kind: chunk.kind, identity: identity.id, account: accountId,
  };
  return {
    waveId: exportWaveId(work.task.tenant, work.run.id, application.id),
    runId: work.run.id,
    applicationId: application.id,
    accountId,
    identityId: identity.id,
    kind: chunk.kind,
    operation: item.operation,
    before: item.before,
    after: item.after as NewItem["after"],
    because: item.because,
    classes: item.classes,
    hash: itemHash(work.digestKey, object, item),
    pattern: patternDigest(patternOf({ ...item, kind: chunk.kind })),
    isProposed: isSignedOff(application),
    baseRevision: account?.revision ?? null,
    waitsFor: waits,
    names: null,
  };
}

/**
 * A newer plan replaces the older. What recurs keeps its place in the queue, or its wait for a
 * person; all other open items of the account are void.
 */
export function settle(
  chunk: LoadedChunk,
  { accountId }: Pick<Place, "accountId">,
  items: readonly NewItem[],
  planned: Pick<PlannedChunk, "items" | "replaced">,
  isOurs: (operation: string) => boolean,
): void {
  const open = (chunk.openItems.get(accountId) ?? []).filter((each) => isOurs(each.operation));
  const wanted = new Map(items.map((item) => [item.hash.toString("hex"), item]));
  for (const each of open) {
    if (wanted.has(each.hash)) wanted.delete(each.hash);
    else planned.replaced.push(each);
  }
  planned.items.push(...wanted.values());
}
