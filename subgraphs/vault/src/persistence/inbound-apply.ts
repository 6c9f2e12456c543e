import type { SealedEvent } from "@joinery/events";
import type { TenantTransaction } from "@joinery/kit";

/**
 * Takes one computed batch into the vault, all inside PostgreSQL: six statements whatever its size.
 * Running it twice changes nothing more. Answers how many identities and accounts were written.
 */
export async function applyBatch(
  tx: TenantTransaction,
  waveId: string,
  batch: number,
): Promise<{ identities: number; accounts: number }> {
  const at = [waveId, batch];
  const identities = await tx.execute(
    `insert into identity as i (id, kind, label, attributes, origins, classification, revision,
                                state, next_due_at)
     select id, kind, label, attributes, origins, classification, revision, state, next_due_at
     from wave_identity where wave_id = $1 and batch = $2
     on conflict (id) do update set
       label = excluded.label, attributes = excluded.attributes, origins = excluded.origins,
       classification = excluded.classification, revision = excluded.revision,
       state = excluded.state, next_due_at = excluded.next_due_at, updated_at = now()
     where i.revision < excluded.revision`,
    at,
  );
  await applyKeys(tx, at);
  await applyMemberships(tx, at);
  return { identities, accounts: await applyAccounts(tx, at) };
}

/** Only keys that differ are touched, so an identity whose name changed costs no index entry. */
async function applyKeys(tx: TenantTransaction, at: readonly unknown[]): Promise<void> {
  await tx.execute(
    `delete from join_key j using wave_identity w
     where w.wave_id = $1 and w.batch = $2 and j.owner = w.id and j.side = 'i'
       and j.key <> all (w.keys)`,
    at,
  );
  await tx.execute(
    `insert into join_key (key, side, owner)
     select u.k, 'i', w.id
     from wave_identity w, unnest(w.keys) as u(k)
     where w.wave_id = $1 and w.batch = $2
     on conflict do nothing`,
    at,
  );
}

async function applyMemberships(tx: TenantTransaction, at: readonly unknown[]): Promise<void> {
  await tx.execute(
    `delete from membership m using wave_identity w
     where w.wave_id = $1 and w.batch = $2 and m.member_id = w.id and m.origin like 'rule:%'
       and not exists (
         select from unnest(w.group_ids, w.group_origins) as u(g, o)
         where u.g = m.group_id and u.o = m.origin
       )`,
    at,
  );
  await tx.execute(
    `insert into membership (group_id, member_id, origin)
     select u.g, w.id, u.o
     from wave_identity w, unnest(w.group_ids, w.group_origins) as u(g, o)
     where w.wave_id = $1 and w.batch = $2
     on conflict do nothing`,
    at,
  );
}

function applyAccounts(tx: TenantTransaction, at: readonly unknown[]): Promise<number> {
  return tx.execute(
    `insert into account_view as v
       (account_id, application_id, kind, anchor, name, attributes, enabled, revision, state,
        situation, identity_id, join_rule, candidates, failure)
     select a.account_id, a.application_id, a.kind, a.anchor, a.name, a.attributes, a.enabled,
            a.revision, a.state, d.situation, d.identity_id, d.join_rule, d.candidates, d.failure
     from wave_decision d join wave_account a on a.wave_id = d.wave_id and a.account_id = d.account_id
     where d.wave_id = $1 and d.batch = $2
     on conflict (account_id) do update set
       anchor = excluded.anchor, name = excluded.name, attributes = excluded.attributes,
       enabled = excluded.enabled, revision = excluded.revision, state = excluded.state,
       situation = excluded.situation, identity_id = excluded.identity_id,
       join_rule = excluded.join_rule, candidates = excluded.candidates, failure = excluded.failure
     where v.revision <= excluded.revision`,
    at,
  );
}

/** The events of a batch as they were sealed when it was computed. */
export async function eventsOf(
  tx: TenantTransaction,
  waveId: string,
  batch: number,
): Promise<SealedEvent[]> {
  return tx.query<{ envelope: SealedEvent["envelope"]; sealed: Buffer }>(
    "select envelope, sealed from wave_event where wave_id = $1 and batch = $2 order by place",
    [waveId, batch],
  );
}
