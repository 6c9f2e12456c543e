import type pg from "pg";

/**
 * Begins to count anew, after this database was set back to an older state: numbers given since
 * then were seen by consumers and must not be given to other events. Run as the owner while no
 * relay of this database runs. Consumers notice the new epoch by the first event in it and ask for
 * a snapshot.
 */
export async function beginEpoch(owner: pg.ClientBase): Promise<void> {
  await owner.query("begin");
  await owner.query(
    `update joinery.outbox_channel set epoch = epoch + 1, next_seq = 1, dropped_seq = 0`,
  );
  await owner.query(
    `update joinery.outbox set epoch = null, seq = null, sent_at = null
     where seq is not null and sent_at is null`,
  );
  await owner.query("commit");
}
