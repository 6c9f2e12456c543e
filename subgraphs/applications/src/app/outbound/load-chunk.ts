import type { ObjectKind } from "@joinery/engine";
import type { Application } from "../../domain/application.js";
import { nameKey } from "../../domain/name-key.js";
import type { TakenNames } from "../../domain/next-name.js";
import { rawReferences, referencesIn } from "../../domain/references.js";
import type { DueIdentity, Link, OpenItem, TargetAccount } from "../outbound-ports.js";
import type { Tx } from "../ports.js";
import { plannedAccountId, type OutboundWork } from "./outbound-work.js";

/** Everything that planning a chunk needs, so that planning itself asks nothing. */
export interface LoadedChunk {
  readonly kind: ObjectKind;
  readonly targets: readonly Application[];
  readonly identities: readonly DueIdentity[];
  /** By identity and application: the account to plan for. */
  readonly accounts: ReadonlyMap<string, TargetAccount>;
  /** By account. */
  readonly openItems: ReadonlyMap<string, readonly OpenItem[]>;
  /** By account: names that its system refused. */
  readonly takenNames: ReadonlyMap<string, readonly TakenNames[]>;
  readonly references: LoadedReferences;
}

export interface LoadedReferences {
  /** Owner of a source account. */
  readonly owners: ReadonlyMap<string, string>;
  /** Account of a source account's owner, by ref and application. */
  readonly links: ReadonlyMap<string, Link>;
  /** Owners that lack an account in some target: whether they will have one is computed. */
  readonly ownersById: ReadonlyMap<string, DueIdentity>;
  /** What texts in a target name, by application and text. */
  readonly actual: ReadonlyMap<string, string>;
}

export const pairOf = (a: string, b: string): string => `${a} ${b}`;

/** Loads a chunk in at most seven statements, and one per target that holds references. */
export async function loadChunk(
  work: OutboundWork,
  tx: Tx,
  kind: ObjectKind,
  targets: readonly Application[],
  ids: readonly string[],
): Promise<LoadedChunk> {
  const { outbound } = work.deps;
  const applicationIds = targets.map(({ id }) => id);
  const identities = await outbound.identities(tx, ids);
  const rows = await outbound.accounts(tx, ids, applicationIds);
  const accounts = new Map<string, TargetAccount>();
  for (const row of rows) {
    const pair = pairOf(row.identityId, row.applicationId);
    // Living ones come first.
    if (!accounts.has(pair)) accounts.set(pair, row);
  }
  const accountIds = identities.flatMap(({ id }) => applicationIds.map((applicationId) =>
    accounts.get(pairOf(id, applicationId))?.id
      ?? plannedAccountId(tx.tenant, applicationId, kind, id)));
  const open = await outbound.openItems(tx, accountIds);
  const taken = await outbound.takenNames(tx, accountIds);
  return {
    kind, targets, identities, accounts,
    openItems: Map.groupBy(open, ({ accountId }) => accountId),
    takenNames: Map.groupBy(taken, ({ accountId }) => accountId),
    references: await loadReferences(work, tx, kind, targets, identities, [...accounts.values()]),
  };
}

async function loadReferences(
  work: OutboundWork,
  tx: Tx,
  kind: ObjectKind,
  targets: readonly Application[],
  identities: readonly DueIdentity[],
  accounts: readonly TargetAccount[],
): Promise<LoadedReferences> {
  const { outbound } = work.deps;
  const applicationIds = targets.map(({ id }) => id);
  const refs = [...new Set(identities.flatMap(({ attributes }) => referencesIn(attributes)))];
  const rows = refs.length === 0 ? [] : await outbound.links(tx, refs, applicationIds);
  const owners = new Map(rows.map(({ ref, identityId }) => [ref, identityId]));
  const links = new Map<string, Link>();
  for (const row of rows) {
    if (row.applicationId === null) continue;
    const pair = pairOf(row.ref, row.applicationId);
    if (!links.has(pair)) links.set(pair, row);
  }
  const lacking = [...owners].flatMap(([ref, owner]) =>
    applicationIds.some((id) => isLacking(links.get(pairOf(ref, id)))) ? [owner] : []);
  const found = lacking.length === 0 ? [] : await outbound.identities(tx, [...new Set(lacking)]);
  return {
    owners, links,
    ownersById: new Map(found.map((each) => [each.id, each])),
    actual: await loadActual(work, tx, kind, targets, accounts),
  };
}

/** There is no account, and none is being made. */
export function isLacking(link: Link | undefined): boolean {
  return link === undefined || (link.state !== "present" && !link.isQueued);
}

async function loadActual(
  { deps }: OutboundWork,
  tx: Tx,
  kind: ObjectKind,
  targets: readonly Application[],
  accounts: readonly TargetAccount[],
): Promise<Map<string, string>> {
  const actual = new Map<string, string>();
  for (const { id, schema } of targets) {
    const described = schema[kind] ?? [];
    if (!described.some(({ type }) => type === "reference")) continue;
    const raws = new Set(accounts.flatMap((each) =>
      each.applicationId === id && each.state === "present"
        ? rawReferences(each.attributes, described) : []));
    if (raws.size === 0) continue;
    const asked = [...raws].map((raw) => ({ key: nameKey(raw), raw }));
    for (const [raw, account] of await deps.outbound.resolve(tx, id, asked)) {
      actual.set(pairOf(id, raw), account);
    }
  }
  return actual;
}
