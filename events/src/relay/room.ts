import type { JetStreamManager } from "@nats-io/jetstream";
import type pg from "pg";
import type { Channel } from "../envelope.js";
import type { EventLog } from "../log.js";
import { streamOf } from "../subjects.js";

/** A consumer heard of within this time is waited for; an older silence delays nobody. */
const aliveWithin = "3 minutes";

/**
 * Frees a full stream of what every living consumer has acknowledged, and so stored. A consumer
 * that is down finds the rest missing when it comes back and gets it from the outbox.
 */
export async function makeRoom(where: {
  readonly jsm: JetStreamManager;
  readonly pool: pg.Pool;
  readonly producer: string;
  readonly channel: Channel;
  readonly log: EventLog;
}): Promise<void> {
  const { jsm, pool, producer, channel, log } = where;
  const { rows } = await pool.query<{ consumer: string }>(
    `select consumer from joinery.confirmation
     where channel = $1 and reported_at > clock_timestamp() - $2::interval`,
    [channel, aliveWithin],
  );
  const alive = new Set(rows.map(({ consumer }) => consumer));
  const stream = streamOf(producer, channel);
  let floor = Number.POSITIVE_INFINITY;
  for await (const info of jsm.consumers.list(stream)) {
    if (alive.has(info.name)) floor = Math.min(floor, info.ack_floor.stream_seq);
  }
  if (!Number.isFinite(floor) || floor === 0) return;
  const { purged } = await jsm.streams.purge(stream, { seq: floor + 1 });
  if (purged > 0) log.info("room was made in a full stream", { producer, channel, purged });
}
