import { connect } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import pg from "pg";
import { Consumer } from "../inbox/consumer.js";
import { allPoints, setPointHandler } from "../points.js";
import { Relay } from "../relay/relay.js";
import { Snapshots } from "../snapshot.js";
import { streamOf } from "../subjects.js";
import { note, quiet, tellAsService, until } from "./fixtures.js";

/** What a child process of the kill tests is told, as JSON in its first argument. */
export interface ChildOrder {
  readonly ownerUrl: string;
  readonly readerUrl: string;
  readonly natsUrl: string;
  readonly producer: string;
  readonly tenant: string;
  /** Dies by SIGKILL when it comes to this point for the `nth` time. */
  readonly dieAt?: string;
  readonly nth?: number;
  /** Empties the stream before the consumer starts, so that events must be sent again. */
  readonly purges?: boolean;
}

/**
 * A relay, a consumer and a snapshot in one process, until it is told to stop by its standard input
 * or dies at a point. Prints every point's name first.
 */
async function main(order: ChildOrder): Promise<void> {
  process.stdout.write(`${JSON.stringify(allPoints())}\n`);
  let left = order.nth ?? 1;
  setPointHandler((name) => {
    if (name === order.dieAt && (left -= 1) === 0) process.kill(process.pid, "SIGKILL");
  });
  const { producer } = order;
  const nats = await connect({ servers: order.natsUrl, maxReconnectAttempts: -1 });
  const [owner, reader] = [order.ownerUrl, order.readerUrl].map((connectionString) => {
    const pool = new pg.Pool({ connectionString, max: 6 });
    pool.on("error", () => undefined);
    return pool;
  });
  if (owner === undefined || reader === undefined) throw new Error("no pools");
  const channels = ["batch", "pulse"] as const;
  const relay = new Relay({
    pool: owner,
    nats,
    producer,
    channels,
    log: quiet,
    pollMs: 200,
    resendAfterMs: 300,
  });
  relay.start();
  await until("all sent", async () => {
    const { rows } = await owner.query("select from joinery.outbox where sent_at is null limit 1");
    return rows.length === 0;
  });
  if (order.purges) {
    const manager = await jetstreamManager(nats);
    await manager.streams.purge(streamOf(producer, "batch"));
  }
  const consumer = new Consumer({
    pool: reader,
    nats,
    consumer: "reader",
    producers: [{ producer, channels }],
    log: quiet,
    confirmIntervalMs: 100,
    confirmIdleMs: 500,
    holeAfterMs: 300,
    ackWaitMs: 500,
  });
  consumer.start();
  const source = {
    async *tell() {
      for (let count = 0; count < 3; count += 1) {
        const text = "from the snapshot";
        yield await tellAsService(owner, [note(order.tenant, { count, text }, { producer })]);
      }
    },
  };
  const snapshots = new Snapshots({ pool: owner, producer, source, log: quiet, pollMs: 100 });
  snapshots.start();
  await new Promise((resolve) => process.stdin.once("data", resolve));
  await Promise.all([snapshots.stop(), consumer.stop(), relay.stop()]);
  await Promise.all([nats.close(), owner.end(), reader.end()]);
  process.stdin.destroy();
}

await main(JSON.parse(process.argv[2] ?? "{}") as ChildOrder);
