import type { AccountRestated } from "@joinery/events";
import { copyRows, json, type TenantTransaction } from "@joinery/kit";
import type { StagedAccount } from "../domain/accounts.js";

/** Puts accounts of a message into a wave's working rows: one `COPY`. Answers how many. */
export async function stageAccounts(
  tx: TenantTransaction,
  waveId: string,
  applicationId: string,
  accounts: readonly StagedAccount[],
): Promise<number> {
  return copyRows(
    tx,
    "wave_account",
    ["wave_id", "application_id", "account_id", "kind", "anchor", "name", "attributes", "enabled",
     "revision", "state", "given"],
    accounts.map((account) => [
      waveId, applicationId, account.accountId, account.kind, account.anchor, account.name,
      json(account.attributes), account.enabled, account.revision, account.state, account.given,
    ]),
  );
}

/**
 * Same, for a wave that took over another: of an account that comes twice the higher revision
 * stays. One statement. Answers how many rows were added.
 */
export async function mergeAccounts(
  tx: TenantTransaction,
  waveId: string,
  applicationId: string,
  accounts: readonly StagedAccount[],
): Promise<number> {
  const [row] = await tx.query<{ added: number }>(
    `with merged as (
       insert into wave_account as w
         (wave_id, application_id, account_id, kind, anchor, name, attributes, enabled, revision,
          state, given)
       select $1, $2, i."accountId", i.kind, i.anchor, i.name, i.attributes, i.enabled, i.revision,
              i.state, i.given
       from jsonb_to_recordset($3::jsonb) as i("accountId" uuid, kind text, anchor text, name text,
         attributes json, enabled boolean, revision bigint, state text, given uuid)
       on conflict (wave_id, application_id, anchor, account_id) do update set
         kind = excluded.kind, name = excluded.name, attributes = excluded.attributes,
         enabled = excluded.enabled, revision = excluded.revision, state = excluded.state,
         given = coalesce(excluded.given, w.given)
       where w.revision < excluded.revision
       returning (xmax = 0) as fresh
     )
     select count(*) filter (where fresh)::int as added from merged`,
    [waveId, applicationId, JSON.stringify(accounts)],
  );
  return row?.added ?? 0;
}

/**
 * Brings accounts into the wave as gone that a range does not list any more: their application has
 * forgotten them. One statement. Answers how many.
 */
export async function stageMissing(
  tx: TenantTransaction,
  waveId: string,
  { applicationId, after, through, accounts }: AccountRestated,
): Promise<number> {
  return tx.execute(
    `insert into wave_account
       (wave_id, application_id, account_id, kind, anchor, name, attributes, enabled,
        revision, state)
     select $1, application_id, account_id, kind, anchor, name, '{}', enabled, revision, 'gone'
     from account_view
     where application_id = $2 and state = 'present'
       and ($3::uuid is null or account_id > $3) and ($4::uuid is null or account_id <= $4)
       and account_id <> all($5::uuid[])
     on conflict do nothing`,
    [waveId, applicationId, after, through, accounts.map(({ id }) => id)],
  );
}

/**
 * Brings accounts into the wave that wait for an identity with a key that the wave has made: those
 * without identity, of every application. One statement. Answers how many.
 */
export async function stageWaiting(tx: TenantTransaction, waveId: string): Promise<number> {
  return tx.execute(
    `insert into wave_account
       (wave_id, application_id, account_id, kind, anchor, name, attributes, enabled,
        revision, state)
     select distinct on (v.account_id) k.wave_id, v.application_id, v.account_id, v.kind, v.anchor,
            v.name, v.attributes, v.enabled, v.revision, v.state
     from wave_key k
     join join_key a on a.key = k.key and a.side = 'a'
     join account_view v on v.account_id = a.owner
     where k.wave_id = $1 and v.state = 'present' and v.identity_id is null
       and not exists (
         select from wave_decision d where d.wave_id = k.wave_id and d.account_id = v.account_id)
     on conflict do nothing`,
    [waveId],
  );
}

/** A batch that no wave computes: it is there as long as nothing has emptied the working rows. */
const mark = -1;

/** Notes that the working rows of a wave begin here. A crash of the database takes the note too. */
export async function markWhole(tx: TenantTransaction, waveId: string): Promise<void> {
  await tx.execute(
    `insert into wave_batch (wave_id, batch, account_ids, identity_ids, envelopes, sealed)
     values ($1, $2, '{}', '{}', '[]', '{}')`,
    [waveId, mark],
  );
}

/** Whether the working rows of a wave are all that was written since `markWhole`. */
export async function isWhole(tx: TenantTransaction, waveId: string): Promise<boolean> {
  const rows = await tx.query("select from wave_batch where wave_id = $1 and batch = $2", [
    waveId, mark,
  ]);
  return rows.length > 0;
}

/** Removes all working rows of a wave. */
export async function clearWave(tx: TenantTransaction, waveId: string): Promise<void> {
  for (const table of [
    "wave_account", "wave_decision", "wave_identity", "wave_key", "wave_batch",
  ] as const) {
    await tx.execute(`delete from ${table} where wave_id = $1`, [waveId]);
  }
}
