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
