import { randomBytes } from "node:crypto";
import { connect } from "@nats-io/transport-node";
import type pg from "pg";
import { Consumer } from "../inbox/consumer.js";
import { insertOutbox } from "../outbox.js";
import { Relay } from "../relay/relay.js";
import type { SealedEvent } from "../sealing.js";
import { createDatabase } from "./database.js";
import { note, quiet, tell, until } from "./fixtures.js";
import { TestNats } from "./nats.js";
import { startPostgres } from "./postgres.js";

/*
 * `npm run measure -w @joinery/events`: how fast events go from commit to the inbox of another
 * service, on a durable PostgreSQL and a NATS of its own, everything in one process and machine.
 */

const [postgres, broker] = await Promise.all([startPostgres({ durable: true }), TestNats.start()]);

interface World {
  readonly producer: string;
  readonly owner: Awaited<ReturnType<typeof createDatabase>>;
  readonly reader: Awaited<ReturnType<typeof createDatabase>>;
  /** Starts the relay and the consumer. */
  readonly flow: () => void;
  readonly close: () => Promise<void>;
}

async function world(onStored: () => void = () => undefined): Promise<World> {
  const producer = `p${randomBytes(4).toString("hex")}`;
  const [owner, reader] = [await createDatabase(postgres.url), await createDatabase(postgres.url)];
  const nats = await connect({ servers: broker.url, noAsyncTraces: true });
  const channels = ["batch", "pulse"] as const;
  const limits = { batch: { bytesMax: 4 * 1024 ** 3, ageMaxMs: 3_600_000, replicas: 1 } };
  const relay = new Relay({ pool: owner.pool, nats, producer, channels, limits, log: quiet });
  const consumer = new Consumer({
    pool: reader.pool,
    nats,
    consumer: "reader",
    producers: [{ producer, channels }],
    log: quiet,
    onReady: onStored,
  });
  return {
    producer,
    owner,
    reader,
    flow: () => {
      relay.start();
      consumer.start();
    },
    close: async () => {
      await Promise.all([relay.stop(), consumer.stop()]);
      await nats.close();
      await Promise.all([owner.close(), reader.close()]);
    },
  };
}

async function confirmed(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    "select coalesce(sum(confirmed_seq), 0)::int as n from joinery.consumer_state",
  );
  return rows[0]?.n ?? 0;
}

function sealedOf(bytes: number, { producer, owner }: World): SealedEvent {
  const { event, payload: _none, ...rest } = note(owner.tenant, {}, { producer });
  return {
    envelope: {
      ...rest,
      id: crypto.randomUUID(),
      name: event.name,
      version: 1,
      channel: "batch",
      occurredAt: new Date().toISOString(),
    },
    sealed: randomBytes(bytes),
  };
}

/** Events a second into the outbox, `atOnce` a transaction, and from there to another's inbox. */
async function throughput(bytes: number, count: number, atOnce: number): Promise<void> {
  const here = await world();
  const events = Array.from({ length: count }, () => sealedOf(bytes, here));
  const begun = performance.now();
  const client = await here.owner.pool.connect();
  for (let at = 0; at < count; at += atOnce) {
    await client.query("begin");
    await client.query(`set local role "${here.owner.tenantRole}"`);
    await insertOutbox(client, events.slice(at, at + atOnce));
    await client.query("commit");
  }
  client.release();
  const inserted = performance.now();
  here.flow();
  await until("all stored", async () => (await confirmed(here.reader.pool)) === count, 300_000);
  const stored = performance.now();
  const each = (ms: number) => {
    const perSecond = Math.round((count / ms) * 1_000);
    return `${perSecond}/s (${Math.round((perSecond * bytes) / 1024 ** 2)} MiB/s)`;
  };
  process.stdout.write(
    `${bytes} bytes, ${atOnce} a transaction: outbox ${each(inserted - begun)}, ` +
      `outbox to inbox ${each(stored - inserted)}\n`,
  );
  await here.close();
}

/** Milliseconds from commit to stored at another service, one event at a time. */
async function latency(channel: "batch" | "pulse", count: number): Promise<void> {
  let stored: (() => void) | undefined;
  const here = await world(() => stored?.());
  here.flow();
  const { pool, tenantRole, tenant } = here.owner;
  const times: number[] = [];
  for (let n = 0; n < count + 20; n += 1) {
    const arrived = new Promise<void>((resolve) => (stored = resolve));
    await here.reader.pool.query("delete from joinery.inbox");
    await here.reader.pool.query("update joinery.lane set due_at = null");
    await tell(pool, tenantRole, [note(tenant, {}, { channel, producer: here.producer })]);
    const begun = performance.now();
    await arrived;
    if (n >= 20) times.push(performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
  process.stdout.write(`${channel}: commit to stored p50 ${at(0.5)} ms, p99 ${at(0.99)} ms\n`);
  await here.close();
}

await latency("pulse", 300);
await latency("batch", 300);
await throughput(1_000, 20_000, 1);
await throughput(1_000, 20_000, 10);
await throughput(50 * 1024, 4_000, 5);
await throughput(500 * 1024, 600, 1);
await Promise.all([postgres.stop(), broker.stop()]);
