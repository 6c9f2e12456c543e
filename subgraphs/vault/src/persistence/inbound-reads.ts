import type { Contribution, ObjectKind } from "@joinery/engine";
import type { TenantTransaction } from "@joinery/kit";
import type { KnownAccount, StagedAccount } from "../domain/accounts.js";
import type { StoredIdentity } from "../domain/identities.js";

/** Where a wave stands in its accounts: the application, and the last one that was decided. */
export interface WavePosition {
  readonly applicationId: string;
  readonly anchor: string;
  readonly accountId: string;
}

/** The next accounts of an application in anchor order, after a position. */
export async function nextStaged(
  tx: TenantTransaction,
  waveId: string,
  applicationId: string,
  after: WavePosition | null,
  size: number,
): Promise<StagedAccount[]> {
  const from = after?.applicationId === applicationId ? after : null;
  const rows = await tx.query<AccountColumns & { given: string | null }>(
    `select account_id, kind, anchor, name, attributes, enabled, revision::int as revision,
      state, given
     from wave_account
     where wave_id = $1 and application_id = $2 and (anchor, account_id) > ($3, $4::uuid)
     order by anchor, account_id limit $5`,
    [waveId, applicationId, from?.anchor ?? "", from?.accountId ?? zero, size],
  );
  return rows.map((row) => ({ ...toAccount(row), given: row.given }));
}

/** Accounts that were taken in after their application had its turn: the first undecided ones. */
export async function undecided(
  tx: TenantTransaction,
  waveId: string,
  applicationId: string,
  size: number,
): Promise<StagedAccount[]> {
  const rows = await tx.query<AccountColumns & { given: string | null }>(
    `select w.account_id, w.kind, w.anchor, w.name, w.attributes, w.enabled,
            w.revision::int as revision, w.state, w.given
     from wave_account w
     where w.wave_id = $1 and w.application_id = $2 and not exists (
       select from wave_decision d where d.wave_id = w.wave_id and d.account_id = w.account_id)
     order by w.anchor, w.account_id limit $3`,
    [waveId, applicationId, size],
  );
  return rows.map((row) => ({ ...toAccount(row), given: row.given }));
}

const zero = "00000000-0000-0000-0000-000000000000";

/** An account that a wave decided about. */
export interface DecidedAccount {
  readonly id: string;
  readonly isGroup: boolean;
}

/** Accounts of an application that the wave decided about and applied, by id, after one. */
export async function decidedAccounts(
  tx: TenantTransaction,
  waveId: string,
  applicationId: string,
  after: string | null,
  size: number,
): Promise<readonly DecidedAccount[]> {
  return tx.query<DecidedAccount & Record<string, unknown>>(
    `select d.account_id as id, exists (
       select from account_view v where v.account_id = d.account_id and v.kind = 'group'
     ) as "isGroup"
     from wave_decision d
     where d.wave_id = $1 and d.application_id = $2 and d.account_id > $3::uuid
     order by d.account_id limit $4`,
    [waveId, applicationId, after ?? zero, size],
  );
}

/** Other applications whose accounts the wave has taken in. */
export async function otherApplications(
  tx: TenantTransaction,
  waveId: string,
  own: string,
): Promise<string[]> {
  const rows = await tx.query<{ application_id: string }>(
    `select distinct application_id from wave_account
     where wave_id = $1 and application_id <> $2 order by application_id`,
    [waveId, own],
  );
  return rows.map((row) => row.application_id);
}

/** Accounts as the vault holds them, by id. */
export async function knownAccounts(
  tx: TenantTransaction,
  ids: readonly string[],
): Promise<Map<string, KnownAccount>> {
  const rows = await tx.query<KnownColumns>(
    `select ${knownColumns} from account_view v where v.account_id = any($1::uuid[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.account_id, toKnown(row)]));
}

/**
 * All accounts of some identities by identity, in their newest state: as the wave has them where it
 * has decided about them, else as the vault does.
 */
export async function accountsOfIdentities(
  tx: TenantTransaction,
  waveId: string,
  ids: readonly string[],
): Promise<Map<string, KnownAccount[]>> {
  const newest = `v.account_id, v.application_id, coalesce(w.kind, v.kind) as kind,
            coalesce(w.anchor, v.anchor) as anchor, coalesce(w.name, v.name) as name,
            coalesce(w.attributes, v.attributes) as attributes,
            case when w.account_id is null then v.enabled else w.enabled end as enabled,
            coalesce(w.revision, v.revision)::int as revision, coalesce(w.state, v.state) as state,
            v.situation, v.identity_id, v.join_kind, v.join_rule
     from account_view v
     left join wave_account w on w.wave_id = $1 and w.application_id = v.application_id
       and w.anchor = v.anchor and w.account_id = v.account_id`;
  const rows = await tx.query<KnownColumns>(
    `select ${newest} where v.identity_id = any($2::uuid[]) and v.state = 'present'
     union all
     select ${newest} where v.identity_id = any($2::uuid[]) and v.state = 'gone'
     union all
     select w.account_id, w.application_id, w.kind, w.anchor, w.name, w.attributes, w.enabled,
            w.revision::int, w.state, d.situation, d.identity_id, 'primary', d.join_rule
     from wave_decision d
     join wave_account w on w.wave_id = d.wave_id and w.application_id = d.application_id
       and w.anchor = d.anchor and w.account_id = d.account_id
     where d.identity_id = any($2::uuid[]) and d.wave_id = $1 and d.situation = 'joined'
       and not exists (
         select from account_view v
           where v.account_id = d.account_id and v.identity_id = d.identity_id
       )`,
    [waveId, ids],
  );
  const byIdentity = new Map<string, KnownAccount[]>();
  for (const row of rows) {
    const account = toKnown(row);
    if (account.identityId === null) continue;
    const list = byIdentity.get(account.identityId);
    if (list) list.push(account);
    else byIdentity.set(account.identityId, [account]);
  }
  return byIdentity;
}

/** Identities by id: as the wave has computed them already, else as the vault holds them. */
export async function identitiesById(
  tx: TenantTransaction,
  waveId: string,
  ids: readonly string[],
): Promise<Map<string, StoredIdentity>> {
  const rows = await tx.query<IdentityColumns>(
    `select i.id, i.kind, i.label, i.attributes, i.origins, i.kept, i.classification,
            i.revision::int as revision, i.state, i.next_due_at, m.group_ids,
            m.origins as group_origins
     from identity i
     left join lateral (
       select array_agg(m.group_id) as group_ids, array_agg(m.origin) as origins
       from membership m where m.member_id = i.id and m.origin like 'rule:%'
     ) m on true
     where i.id = any($2::uuid[])
       and not exists (select from wave_identity w where w.wave_id = $1 and w.id = i.id)
     union all
     select w.id, w.kind, w.label, w.attributes, w.origins,
       w.kept, w.classification, w.revision::int, w.state, w.next_due_at, w.group_ids,
       w.group_origins
     from wave_identity w
     where w.wave_id = $1 and w.id = any($2::uuid[])`,
    [waveId, ids],
  );
  return new Map(rows.map((row) => [row.id, toStored(row)]));
}

/** Who holds each key: identities of the vault and those that the wave has made or changed. */
export async function holdersOf(
  tx: TenantTransaction,
  waveId: string,
  keys: readonly string[],
): Promise<Map<string, string[]>> {
  const holders = new Map<string, string[]>();
  if (keys.length === 0) return holders;
  const rows = await tx.query<{ key: string; identity_id: string }>(
    `select j.key, j.owner as identity_id
     from join_key j
     where j.key = any($2::uuid[]) and j.side = 'i'
       and not exists (select from wave_identity w where w.wave_id = $1 and w.id = j.owner)
     union
     select k.key, k.identity_id from wave_key k where k.wave_id = $1 and k.key = any($2::uuid[])`,
    [waveId, keys],
  );
  for (const row of rows) {
    const list = holders.get(row.key);
    if (list) list.push(row.identity_id);
    else holders.set(row.key, [row.identity_id]);
  }
  return holders;
}

/**
 * Which of the identities have a present account of the application already, the wave's included.
 */
export async function takenBy(
  tx: TenantTransaction,
  waveId: string,
  applicationId: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.query<{ identity_id: string; account_id: string }>(
    `select v.identity_id, v.account_id
     from account_view v
     left join lateral (
       select w.state from wave_account w
       where w.wave_id = $1 and w.application_id = v.application_id
         and w.anchor = v.anchor and w.account_id = v.account_id
       offset 0
     ) w on true
     where v.identity_id = any($3::uuid[]) and v.application_id = $2 and v.join_kind = 'primary'
       and v.state = 'present' and coalesce(w.state, 'present') = 'present'
     union all
     select d.identity_id, d.account_id
     from wave_decision d
     join lateral (
       select w.state from wave_account w
       where w.wave_id = d.wave_id and w.application_id = d.application_id
         and w.anchor = d.anchor and w.account_id = d.account_id
       offset 0
     ) w on true
     where d.identity_id = any($3::uuid[]) and d.wave_id = $1 and d.application_id = $2
       and d.situation = 'joined' and w.state = 'present'`,
    [waveId, applicationId, ids],
  );
  return new Map(rows.map((row) => [row.identity_id, row.account_id]));
}

/** Accounts of an application by anchor or by name, the wave's included. */
export async function accountsNamed(
  tx: TenantTransaction,
  waveId: string,
  applicationId: string,
  by: "anchor" | "name",
  texts: readonly string[],
): Promise<Map<string, string>> {
  if (texts.length === 0) return new Map();
  // A name is indexed where it differs from the anchor; where it does not, the anchor is found.
  const own =
    by === "anchor" ? "" : "name <> anchor and name = any($3::text[]) or name = anchor and";
  const column = by === "anchor" ? "anchor" : "name";
  const rows = await tx.query<{ text: string; account_id: string }>(
    `select ${column} as text, account_id from account_view
     where application_id = $2 and kind = 'user' and (${own} anchor = any($3::text[]))
     union
     select ${column}, account_id from wave_account
     where wave_id = $1 and application_id = $2 and kind = 'user'
       and (${own} anchor = any($3::text[]))`,
    [waveId, applicationId, texts],
  );
  return new Map(rows.map((row) => [row.text, row.account_id]));
}

interface AccountColumns {
  account_id: string;
  kind: ObjectKind;
  anchor: string;
  name: string;
  attributes: StagedAccount["attributes"];
  enabled: boolean | null;
  revision: number;
  state: "present" | "gone";
}

interface KnownColumns extends AccountColumns {
  application_id: string;
  situation: string;
  identity_id: string | null;
  join_kind: string;
  join_rule: string | null;
}

const knownColumns = `v.account_id, v.application_id, v.kind, v.anchor, v.name,
  v.attributes, v.enabled,
  v.revision::int as revision, v.state, v.situation, v.identity_id, v.join_kind, v.join_rule`;

function toAccount(row: AccountColumns): Omit<StagedAccount, "given"> {
  const { kind, anchor, name, attributes, enabled, revision, state } = row;
  return { accountId: row.account_id, kind, anchor, name, attributes, enabled, revision, state };
}

function toKnown(row: KnownColumns): KnownAccount {
  return {
    ...toAccount(row),
    applicationId: row.application_id,
    identityId: row.identity_id,
    joinKind: row.join_kind,
    joinRule: row.join_rule,
    situation: row.situation,
  };
}

interface IdentityColumns {
  id: string;
  kind: ObjectKind;
  label: string;
  attributes: StoredIdentity["attributes"];
  origins: Record<string, string>;
  kept: Contribution[];
  classification: number;
  revision: number;
  state: "active" | "gone";
  next_due_at: Date | null;
  group_ids: string[] | null;
  group_origins: string[] | null;
}

function toStored(row: IdentityColumns): StoredIdentity {
  const { id, kind, label, attributes, origins, kept, classification, revision, state } = row;
  const memberships = (row.group_ids ?? []).map((groupId, index) => ({
    groupId,
    rule: (row.group_origins?.[index] ?? "").slice("rule:".length),
  }));
  return {
    id, kind, label, attributes, origins, kept, classification, revision, state, memberships,
    nextDueAt: row.next_due_at,
  };
}
