import type pg from "pg";

/** A consumer's wish for everything that a producer has. */
export interface SnapshotWish {
  readonly id: string;
  /** The producer has written it down. */
  readonly requested: boolean;
}

/** Notes the wish, unless a snapshot is on its way already. Idempotent. */
export async function wishForSnapshot(pool: pg.Pool, producer: string): Promise<void> {
  await pool.query("select joinery.wish_for_snapshot($1)", [producer]);
}

/** The wish that is not fulfilled yet. */
export async function findWish(pool: pg.Pool, producer: string): Promise<SnapshotWish | undefined> {
  const { rows } = await pool.query<SnapshotWish>(
    `select snapshot_id as id, snapshot_requested_at is not null as requested
     from joinery.consumer_state
     where producer = $1 and channel = 'batch'
       and snapshot_id is not null and snapshot_end_position is null`,
    [producer],
  );
  return rows[0];
}

export async function markRequested(pool: pg.Pool, id: string): Promise<void> {
  await pool.query(
    "update joinery.consumer_state set snapshot_requested_at = now() where snapshot_id = $1",
    [id],
  );
}

/**
 * `none`: never asked for; `wanted`: asked for or on its way; `stored`: its end has arrived, some
 * of it is still to be handled; `handled`: this replica holds what the owner held.
 */
export type SnapshotState = "none" | "wanted" | "stored" | "handled";

export async function snapshotState(pool: pg.Pool, producer: string): Promise<SnapshotState> {
  const { rows } = await pool.query<{ state: SnapshotState }>(
    `select case
       when s.snapshot_id is null then 'none'
       when s.snapshot_end_position is null then 'wanted'
       when exists (select from joinery.inbox i
                    where i.producer = s.producer and i.state in ('ready', 'kept')
                      and i.position < s.snapshot_end_position) then 'stored'
       else 'handled' end as state
     from joinery.consumer_state s where s.producer = $1 and s.channel = 'batch'`,
    [producer],
  );
  return rows[0]?.state ?? "none";
}
