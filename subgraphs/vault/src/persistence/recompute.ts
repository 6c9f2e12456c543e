import type { TenantTransaction } from "@joinery/kit";

/**
 * The bundle under which all accounts of an application were last computed. A wave under another
 * bundle takes all of them in, so a rule change reaches them through the same guard.
 */
export async function computedBundle(
  tx: TenantTransaction,
  applicationId: string,
): Promise<string | null> {
  const [row] = await tx.query<{ hash: string }>(
    "select body ->> 'hash' as hash from replica where kind = 'computed' and id = $1",
    [applicationId],
  );
  return row?.hash ?? null;
}

export async function saveComputedBundle(
  tx: TenantTransaction,
  applicationId: string,
  hash: string,
): Promise<void> {
  await tx.execute(
    `insert into replica (kind, id, body) values ('computed', $1, $2)
     on conflict (kind, id) do update set body = excluded.body`,
    [applicationId, JSON.stringify({ hash })],
  );
}

/**
 * Stages every present account of the application that the wave does not have yet. One statement.
 */
export async function stageEverything(
  tx: TenantTransaction,
  waveId: string,
  applicationId: string,
): Promise<number> {
  return tx.execute(
    `insert into wave_account
       (wave_id, application_id, account_id, kind, anchor, name, attributes, enabled,
        revision, state)
     select $1, application_id, account_id, kind, anchor, name, attributes, enabled, revision, state
     from account_view where application_id = $2 and state = 'present'
     on conflict do nothing`,
    [waveId, applicationId],
  );
}

/**
 * Stages the accounts of the application whose identities are due: a date that was looked at has
 * come. One statement.
 */
export async function stageDue(
  tx: TenantTransaction,
  waveId: string,
  applicationId: string,
  now: string,
): Promise<number> {
  return tx.execute(
    `insert into wave_account
       (wave_id, application_id, account_id, kind, anchor, name, attributes, enabled,
        revision, state)
     select $1, a.application_id, a.account_id, a.kind, a.anchor, a.name, a.attributes, a.enabled,
       a.revision, a.state
     from identity i join account_view a on a.identity_id = i.id
     where i.next_due_at <= $3 and i.state = 'active'
       and a.application_id = $2 and a.state = 'present'
     on conflict do nothing`,
    [waveId, applicationId, now],
  );
}

/** What is due for longer fails each time: it waits for another wave of its applications. */
const chasedDays = 7;

/** Applications with accounts of identities that are due. */
export async function applicationsDue(tx: TenantTransaction, now: Date): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select distinct a.application_id as id
     from identity i join account_view a on a.identity_id = i.id and a.state = 'present'
     where i.next_due_at <= $1 and i.next_due_at > $1 - $2 * interval '1 day'
       and i.state = 'active'`,
    [now, chasedDays],
  );
  return rows.map(({ id }) => id);
}
