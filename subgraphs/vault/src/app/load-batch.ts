import type { AttributeSchema, Engine, Key, ObjectKind, RuleSet } from "@joinery/engine";
import { uuidv5, type TenantTransaction } from "@joinery/kit";
import { toAccountState, type KnownAccount, type StagedAccount } from "../domain/accounts.js";
import type { BlindJoinKey, InboundInput, KnownGroups } from "../domain/inbound.js";
import { AccountMapping, type NamedReference, type ReferenceOf } from "../domain/mapping.js";
import {
  accountsNamed, accountsOfIdentities, holdersOf, identitiesById, knownAccounts, takenBy,
} from "../persistence/inbound-reads.js";
import type { ApplicationReplica } from "../persistence/replicas.js";

/** What a wave is computed with, the same for all its batches. */
export interface WaveContext {
  readonly engine: Engine;
  readonly ruleSet: RuleSet;
  readonly applications: ReadonlyMap<string, ApplicationReplica>;
  readonly blind: (text: string) => string;
  readonly digestKey: Parameters<typeof import("@joinery/engine").itemHash>[0];
  readonly now: string;
}

/**
 * Reads all that a batch of accounts needs: six statements whatever its size, before it is
 * computed.
 */
export async function loadBatch(
  tx: TenantTransaction,
  context: WaveContext,
  waveId: string,
  application: ApplicationReplica,
  accounts: readonly StagedAccount[],
): Promise<InboundInput> {
  const { engine, now } = context;
  const known = await knownAccounts(tx, accounts.map((account) => account.accountId));
  const blind = (key: Key) => blindKey(context, key);
  const keys = joinKeys(context, application, accounts, known);
  const holders = await holdersOf(tx, waveId, [...keys.values()].flat().map((key) => key.blind));
  const ids = touchedIdentities(accounts, known, holders, (account) =>
    newIdentityId(tx.tenant, application.id, account),
  );
  const identities = await identitiesById(tx, waveId, ids);
  const joined = await accountsOfIdentities(tx, waveId, ids);
  const applicationOf = (id: string) => context.applications.get(id);
  const mapping = new AccountMapping(engine, now, applicationOf);
  for (const account of accounts) mapping.map(account, application.id);
  for (const account of [...joined.values()].flat()) mapping.map(account, account.applicationId);
  const referenceOf = await resolving(tx, waveId, mapping);
  return {
    engine, now, accounts, known, identities, joined, keys,
    application: withRulesOnly(application, context.ruleSet),
    holders, applicationOf, blind,
    tenant: tx.tenant,
    taken: await takenBy(tx, waveId, application.id, ids),
    map: mapping.map,
    schemaOf: (kind, name) => schemaOf(context.ruleSet, kind, name),
    referenceOf,
    newIdentityId: (account) => newIdentityId(tx.tenant, application.id, account),
    groupId: (rule, key) => uuidv5("group", tx.tenant, rule, key),
  };
}

/** Reads what the vault holds of groups that a batch calls for: three statements at most. */
export async function loadGroups(
  tx: TenantTransaction,
  { engine, now, applications }: WaveContext,
  waveId: string,
  ids: readonly string[],
): Promise<KnownGroups> {
  const identities: KnownGroups["identities"] =
    ids.length > 0 ? await identitiesById(tx, waveId, ids) : new Map();
  const joined: KnownGroups["joined"] =
    identities.size > 0 ? await accountsOfIdentities(tx, waveId, ids) : new Map();
  const mapping = new AccountMapping(engine, now, (id) => applications.get(id));
  for (const account of [...joined.values()].flat()) mapping.map(account, account.applicationId);
  const referenceOf = await resolving(tx, waveId, mapping);
  return { identities, joined, map: mapping.map, referenceOf };
}

/** Of kinds for which no rules say what its accounts mean it makes no identities. */
function withRulesOnly(application: ApplicationReplica, ruleSet: RuleSet): ApplicationReplica {
  const rules = ruleSet.applications[application.key];
  const authoritativeFor = application.authoritativeFor.filter((kind) => rules?.[kind]?.inbound);
  return { ...application, authoritativeFor };
}

/**
 * Same application, kind and anchor, same identity, in a simulation and in the real run. An account
 * made for an identity keeps that one: it comes with a given join and never gets here.
 */
function newIdentityId(tenant: string, applicationId: string, account: StagedAccount): string {
  return uuidv5("identity", tenant, applicationId, account.kind, account.anchor);
}

/** The id that `applications` gives an account which it imports. */
function accountId(
  tenant: string,
  applicationId: string,
  kind: ObjectKind,
  anchor: string,
): string {
  return uuidv5(tenant, applicationId, kind, anchor);
}

function blindKey(context: WaveContext, key: Key): string {
  const definition = context.engine.keyDefinitions[key.definition];
  if (!definition) throw new Error(`the rule set has no key ${key.definition}`);
  const hex = context.blind(`${definition.id}\u0000${key.text}`);
  const head = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}`;
  return `${head}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Only accounts without a join are looked up by key: a join is permanent. */
function joinKeys(
  context: WaveContext,
  application: ApplicationReplica,
  accounts: readonly StagedAccount[],
  known: ReadonlyMap<string, KnownAccount>,
): Map<string, BlindJoinKey[]> {
  const keys = new Map<string, BlindJoinKey[]>();
  for (const account of accounts) {
    if (account.state === "gone" || known.get(account.accountId)?.identityId) continue;
    const found = context.engine.joinKeys(toAccountState(account, application.key));
    keys.set(account.accountId, found.map((key) => ({ ...key, blind: blindKey(context, key) })));
  }
  return keys;
}

function touchedIdentities(
  accounts: readonly StagedAccount[],
  known: ReadonlyMap<string, KnownAccount>,
  holders: ReadonlyMap<string, readonly string[]>,
  newId: (account: StagedAccount) => string,
): string[] {
  const ids = new Set<string>();
  for (const account of accounts) {
    const joined = known.get(account.accountId)?.identityId;
    if (joined) ids.add(joined);
    else ids.add(newId(account));
    if (account.given) ids.add(account.given);
  }
  for (const list of holders.values()) for (const id of list) ids.add(id);
  return [...ids];
}

function schemaOf(ruleSet: RuleSet, kind: ObjectKind, name: string): AttributeSchema {
  const found = ruleSet.schema[kind]?.find((attribute) => attribute.name === name);
  return found ?? { name, type: "string" };
}

/** Looks up every account that a mapping named; one that is not there yet has its id already. */
async function resolving(
  tx: TenantTransaction,
  waveId: string,
  mapping: AccountMapping,
): Promise<ReferenceOf> {
  const references = await resolveNames(tx, waveId, mapping.references);
  return (source, by, text) =>
    references.get(markOf({ applicationId: source.id, by, text })) ??
    accountId(tx.tenant, source.id, "user", text);
}

async function resolveNames(
  tx: TenantTransaction,
  waveId: string,
  references: readonly NamedReference[],
): Promise<Map<string, string>> {
  const groups = new Map<string, Set<string>>();
  for (const { applicationId, by, text } of references) {
    const group = `${applicationId} ${by}`;
    groups.set(group, (groups.get(group) ?? new Set()).add(text));
  }
  const resolved = new Map<string, string>();
  for (const [group, texts] of groups) {
    const [applicationId, by] = group.split(" ") as [string, "anchor" | "name"];
    const found = await accountsNamed(tx, waveId, applicationId, by, [...texts]);
    for (const [text, id] of found) resolved.set(markOf({ applicationId, by, text }), id);
  }
  return resolved;
}

function markOf(reference: NamedReference): string {
  return `${reference.applicationId} ${reference.by} ${reference.text}`;
}
