import type { Sql } from "../database/sql.js";
import { JoineryError } from "../errors.js";
import type { Claim, InboxKey, InboxRow } from "./lane-store.js";

/** What becomes of one message of a lane, in the transaction of its effect. */

const byKey = "producer = $1 and channel = $2 and epoch = $3 and seq = $4";

/**
 * Throws LANE_LOST unless this claim is the newest. The lane stays locked until the commit, so a
 * later claim waits for it: call it last.
 */
export async function checkFence(sql: Sql, { tenant, channel, fence }: Claim): Promise<void> {
  const rows = await sql.query(
    "select from joinery.lane where tenant = $1 and channel = $2 and fence = $3 for update",
    [tenant, channel, fence],
  );
  if (rows.length === 0) throw new JoineryError("LANE_LOST", "another worker has the lane");
}

/** A manifest takes what is left of its wave with it. */
export async function markHandled(sql: Sql, row: InboxRow): Promise<void> {
  await sql.execute(`delete from joinery.inbox where ${byKey}`, keyOf(row));
  if (!row.manifest || row.wave_id === null) return;
  await sql.execute("delete from joinery.inbox where tenant = $1 and kept_for = $2", [
    row.envelope.tenant,
    row.wave_id,
  ]);
}

export async function markHeld(sql: Sql, row: InboxRow): Promise<void> {
  await sql.execute(
    `update joinery.inbox set state = 'held', attempts = 0, reason = null where ${byKey}`,
    keyOf(row),
  );
}

/** Tried again after `waitMs`; the lane waits with it, for order is kept. */
export async function markFailed(
  sql: Sql,
  row: InboxKey,
  failure: { readonly code: string; readonly waitMs: number; readonly counts: boolean },
): Promise<void> {
  await sql.execute(
    `update joinery.inbox
     set attempts = attempts + $5, reason = $6,
         retry_at = clock_timestamp() + $7 * interval '1 millisecond'
     where ${byKey}`,
    [...keyOf(row), failure.counts ? 1 : 0, failure.code, failure.waitMs],
  );
}

/** A worker died over it. Answers how many have since it last made progress. */
export async function markLost(sql: Sql, row: InboxKey): Promise<number> {
  const [marked] = await sql.query<{ losses: number }>(
    `update joinery.inbox set losses = losses + 1 where ${byKey} returning losses`,
    keyOf(row),
  );
  return marked?.losses ?? 0;
}

/** It has made progress: earlier deaths were not its fault. */
export async function forgetLosses(sql: Sql, row: InboxKey): Promise<void> {
  await sql.execute(`update joinery.inbox set losses = 0 where ${byKey}`, keyOf(row));
}

/** Given up for now: the lane goes on. */
export async function markParked(sql: Sql, row: InboxKey, code: string): Promise<void> {
  await sql.execute(
    `update joinery.inbox
     set state = 'parked', attempts = attempts + 1, reason = $5, retry_at = null where ${byKey}`,
    [...keyOf(row), code],
  );
}

function keyOf({ producer, channel, epoch, seq }: InboxKey): unknown[] {
  return [producer, channel, epoch, seq];
}
