import { insertOutboxFrom } from "@joinery/events";
import { assert, type TenantTransaction } from "@joinery/kit";

/** A batch as it was computed: its identities and its accounts. */
export interface StoredBatch {
  readonly accountIds: readonly string[];
  readonly identityIds: readonly string[];
}

export async function storedBatch(
  tx: TenantTransaction,
  waveId: string,
  batch: number,
): Promise<StoredBatch> {
  const [row] = await tx.query<{ account_ids: string[]; identity_ids: string[] }>(
    "select account_ids, identity_ids from wave_batch where wave_id = $1 and batch = $2",
    [waveId, batch],
  );
  assert(row !== undefined, "a computed batch is stored until it is applied");
  return { accountIds: row.account_ids, identityIds: row.identity_ids };
}

/** Tells what a computed batch came to, as it was sealed then. */
export async function tellBatch(
  tx: TenantTransaction,
  waveId: string,
  batch: number,
): Promise<void> {
  await insertOutboxFrom(
    tx.client,
    `select e.envelope, b.sealed[e.nth] as sealed
     from wave_batch b, jsonb_array_elements(b.envelopes) with ordinality as e(envelope, nth)
     where b.wave_id = $1 and b.batch = $2 order by e.nth`,
    [waveId, batch],
  );
}

/** Whether a batch that is not applied yet takes accounts from identities that they belong to. */
export async function hasMoved(
  tx: TenantTransaction,
  waveId: string,
  { accountIds }: StoredBatch,
): Promise<boolean> {
  const rows = await tx.query(
    `select from wave_decision d join account_view v on v.account_id = d.account_id
     where d.wave_id = $1 and d.account_id = any($2::uuid[]) and v.identity_id is not null
       and v.identity_id is distinct from d.identity_id limit 1`,
    [waveId, accountIds],
  );
  return rows.length > 0;
}

/**
 * Takes one computed batch into the vault, all inside PostgreSQL: six statements whatever its size.
 * Running it twice changes nothing more.
 */
export async function applyBatch(
  tx: TenantTransaction,
  waveId: string,
  batch: StoredBatch,
): Promise<void> {
  const at = [waveId, batch.identityIds];
  await tx.execute(
    `insert into identity as i (id, kind, label, attributes, origins, kept, classification,
                                revision, state, next_due_at)
     select id, kind, label, attributes, origins, kept, classification, revision, state,
       next_due_at
     from wave_identity where wave_id = $1 and id = any($2::uuid[])
     on conflict (id) do update set
       label = excluded.label, attributes = excluded.attributes, origins = excluded.origins,
       kept = excluded.kept, classification = excluded.classification, revision = excluded.revision,
       state = excluded.state, next_due_at = excluded.next_due_at, updated_at = now()
     where i.revision < excluded.revision`,
    at,
  );
  await applyKeys(tx, at);
  await applyMemberships(tx, at);
  await applyAccounts(tx, [waveId, batch.accountIds]);
}

/** Only keys that differ are touched, so an identity whose name changed costs no index entry. */
async function applyKeys(tx: TenantTransaction, at: readonly unknown[]): Promise<void> {
  await tx.execute(
    `delete from join_key j
     where j.side = 'i' and j.owner = any($2::uuid[])
       and not exists (
         select from wave_identity w
           where w.wave_id = $1 and w.id = j.owner and j.key = any(w.keys))`,
    at,
  );
  await tx.execute(
    `insert into join_key (key, side, owner)
     select u.k, 'i', w.id
     from wave_identity w, unnest(w.keys) as u(k)
     where w.wave_id = $1 and w.id = any($2::uuid[])
     on conflict do nothing`,
    at,
  );
}

async function applyMemberships(tx: TenantTransaction, at: readonly unknown[]): Promise<void> {
  await tx.execute(
    `delete from membership m
     where m.member_id = any($2::uuid[]) and m.origin like 'rule:%'
       and not exists (
         select from wave_identity w, unnest(w.group_ids, w.group_origins) as u(g, o)
         where w.wave_id = $1 and w.id = m.member_id and u.g = m.group_id and u.o = m.origin)`,
    at,
  );
  await tx.execute(
    `insert into membership (group_id, member_id, origin)
     select u.g, w.id, u.o
     from wave_identity w, unnest(w.group_ids, w.group_origins) as u(g, o)
     where w.wave_id = $1 and w.id = any($2::uuid[])
     on conflict do nothing`,
    at,
  );
}

async function applyAccounts(tx: TenantTransaction, at: readonly unknown[]): Promise<void> {
  await tx.execute(
    `insert into account_view as v
       (account_id, application_id, kind, anchor, name, attributes, enabled, revision, state,
        situation, identity_id, join_rule, candidates, failure)
     select a.account_id, a.application_id, a.kind, a.anchor, a.name, a.attributes, a.enabled,
            a.revision, a.state, d.situation, d.identity_id, d.join_rule, d.candidates, d.failure
     from wave_decision d
     join wave_account a on a.wave_id = d.wave_id and a.application_id = d.application_id
       and a.anchor = d.anchor and a.account_id = d.account_id
     where d.wave_id = $1 and d.account_id = any($2::uuid[])
     on conflict (account_id) do update set
       anchor = excluded.anchor, name = excluded.name, attributes = excluded.attributes,
       enabled = excluded.enabled, revision = excluded.revision, state = excluded.state,
       situation = excluded.situation, identity_id = excluded.identity_id,
       join_rule = excluded.join_rule, candidates = excluded.candidates, failure = excluded.failure
     where v.revision <= excluded.revision`,
    at,
  );
}
