import type { NatsConnection } from "@nats-io/transport-node";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { insertOutbox } from "./outbox.js";
import { beginEpoch } from "./relay/epoch.js";
import { forgetConsumer, maintainPartitions } from "./retention.js";
import { sealEvents } from "./sealing.js";
import { Snapshots } from "./snapshot.js";
import { snapshotState, wishForSnapshot } from "./inbox/snapshot-wish.js";
import { note, quiet, tellAsService, testSealer, until } from "./testing/fixtures.js";
import { Flow } from "./testing/flow.js";
import { TestNats } from "./testing/nats.js";
import type { TestPostgres } from "./testing/postgres.js";
import { postgresForTests } from "./testing/services.js";

const dayMs = 24 * 3_600_000;

let postgres: TestPostgres;
let broker: TestNats;
let nats: NatsConnection;
let flow: Flow;

beforeAll(async () => {
  [postgres, broker] = await Promise.all([postgresForTests(), TestNats.start()]);
  nats = await broker.connect();
});
afterAll(async () => {
  await nats.close();
  await Promise.all([postgres.stop(), broker.stop()]);
});
beforeEach(async () => {
  flow = await Flow.open(postgres.url);
});
afterEach(() => flow.close());

const days = (now: Date, ...offsets: number[]) =>
  offsets.map((offset) => new Date(now.getTime() + offset * dayMs).toISOString().slice(0, 10));

/** As if the rows so far had been written two days earlier, in partitions of those days. */
async function ageOutbox(target: Flow, byDays: number): Promise<void> {
  const { owner } = target.owner;
  await owner.query("begin");
  await owner.query("create temp table moved on commit drop as select * from joinery.outbox");
  await owner.query("delete from joinery.outbox");
  await owner.query(`update moved set created_at = created_at - interval '${byDays} days'`);
  await owner.query("insert into joinery.outbox select * from moved");
  await owner.query("commit");
}

/** On a busy machine a lock may not be had in time: then the next run does it, as in production. */
async function maintain(now: Date): Promise<readonly string[]> {
  const dropped: string[] = [];
  for (let tries = 0; tries < 20; tries += 1) {
    const outcome = await maintainPartitions(flow.owner.owner, now);
    dropped.push(...outcome.dropped);
    if (outcome.postponed.length === 0) return dropped;
  }
  throw new Error("the lock was never to be had");
}

async function partitions(): Promise<string[]> {
  const { rows } = await flow.owner.owner.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'joinery.outbox'::regclass order by 1`,
  );
  return rows.map(({ name }) => name);
}

describe("days of the outbox", () => {
  it("are made ahead, once", async () => {
    const now = new Date();
    const first = await maintainPartitions(flow.owner.owner, now);
    expect(first.created).toEqual(days(now, 0, 1, 2, 3));
    expect(await maintainPartitions(flow.owner.owner, now)).toEqual({
      created: [],
      dropped: [],
      postponed: [],
    });
    await flow.tell(1);
    const { rows } = await flow.owner.owner.query("select from only joinery.outbox_default");
    expect(rows).toEqual([]);
  });

  it("are dropped when 48 hours old and confirmed, and not a moment earlier", async () => {
    const now = new Date();
    const early = new Date(now.getTime() - 3 * dayMs);
    await maintainPartitions(flow.owner.owner, early);
    flow.relay(nats);
    flow.consumer(nats);
    await flow.tell(10);
    await flow.expectWhole();
    await until("confirmed", () => flow.registeredAt(10));
    await ageOutbox(flow, 3);
    const [day = ""] = days(early, 0);
    const endOfDay = new Date(`${day}T00:00:00Z`).getTime() + dayMs;
    expect(await maintain(new Date(endOfDay + 2 * dayMs - 1))).toEqual([]);
    expect(await maintain(new Date(endOfDay + 2 * dayMs))).toEqual([day]);
    expect(await partitions()).not.toContain(`outbox_${day.replaceAll("-", "")}`);
    const { rows } = await flow.owner.owner.query<{ dropped_seq: string }>(
      "select dropped_seq from joinery.outbox_channel where channel = 'batch'",
    );
    expect(rows[0]?.dropped_seq).toBe("10");
  });

  it("stay while one registered consumer lacks something, until it is forgotten", async () => {
    await maintainPartitions(flow.owner.owner, new Date(Date.now() - 4 * dayMs));
    flow.relay(nats);
    flow.consumer(nats);
    await flow.owner.owner.query(
      `insert into joinery.confirmation (consumer, channel, epoch, confirmed_seq, caught_up)
       values ('gone for good', 'batch', 1, 4, false)`,
    );
    await flow.tell(5);
    await flow.expectWhole();
    await until("confirmed", () => flow.registeredAt(5));
    await ageOutbox(flow, 4);
    await maintain(new Date());
    expect(await countOutbox()).toBe(5);
    await forgetConsumer(flow.owner.owner, "gone for good");
    await maintain(new Date());
    expect(await countOutbox()).toBe(0);
  });

  it("stay while something in them is not sent", async () => {
    await maintainPartitions(flow.owner.owner, new Date(Date.now() - 4 * dayMs));
    await flow.tell(3);
    await ageOutbox(flow, 4);
    await maintain(new Date());
    expect(await countOutbox()).toBe(3);
  });

  it("that were never made are emptied by the same rule", async () => {
    flow.relay(nats);
    flow.consumer(nats);
    await flow.tell(5);
    await flow.expectWhole();
    await until("confirmed", () => flow.registeredAt(5));
    const later = new Date(Date.now() + 2 * dayMs + 1_000);
    const early = await maintainPartitions(flow.owner.owner, new Date());
    expect(early.created).toEqual(days(new Date(), 1, 2, 3));
    expect(await countOutbox()).toBe(5);
    expect(await maintain(later)).toContain("default");
    expect(await countOutbox()).toBe(0);
  });

  it("wait for the next run when a transaction is in the way", async () => {
    const busy = new pg.Client({ connectionString: flow.owner.serviceUrl });
    await busy.connect();
    await busy.query("begin");
    await busy.query(`set local role "${flow.owner.tenantRole}"`);
    await insertOutbox(busy, await sealEvents(testSealer, [note(flow.owner.tenant, {})]));
    const { created, postponed } = await maintainPartitions(flow.owner.owner, new Date());
    expect(created).toEqual([]);
    expect(postponed.length).toBeGreaterThan(0);
    await busy.query("rollback");
    await busy.end();
    expect((await maintainPartitions(flow.owner.owner, new Date())).created).toHaveLength(4);
  }, 30_000);

  async function countOutbox(): Promise<number> {
    const { rows } = await flow.owner.owner.query<{ n: number }>(
      "select count(*)::int as n from joinery.outbox",
    );
    return rows[0]?.n ?? 0;
  }
});

describe("a snapshot", () => {
  const snapshots = (count: number) => {
    const { producer, owner } = flow;
    const source = {
      async *tell() {
        for (let n = 0; n < count; n += 1) {
          yield await tellAsService(owner.pool, [
            note(owner.tenant, { count: n, text: "all" }, { producer }),
          ]);
        }
      },
    };
    return new Snapshots({ pool: owner.pool, producer, source, log: quiet, pollMs: 50 });
  };

  it("tells a new consumer what was dropped, and the rest need not wait for it", async () => {
    await maintainPartitions(flow.owner.owner, new Date(Date.now() - 4 * dayMs));
    const relay = flow.relay(nats);
    await flow.tell(20);
    await flow.tell(5, "pulse");
    await until("sent", () => flow.allSent());
    await ageOutbox(flow, 4);
    await maintain(new Date());
    await flow.tell(3);
    const telling = snapshots(4);
    telling.start();
    await broker.purge(flow.producer);
    flow.consumer(nats);
    await until("handled", async () => (await state()) === "stored", 20_000);
    const { rows } = await flow.reader.pool.query<{ seq: string; name: string }>(
      "select seq, name from joinery.inbox where channel = 'batch' order by position",
    );
    expect(rows.map(({ seq }) => Number(seq))).toEqual([21, 22, 23, 24, 25, 26, 27]);
    expect(await flow.confirmed()).toBe(28);
    await flow.reader.pool.query("delete from joinery.inbox");
    expect(await state()).toBe("handled");
    await telling.stop();
    await relay.stop();
  });

  it("comes once for one wish, and again for the next", async () => {
    flow.relay(nats);
    flow.consumer(nats);
    await flow.tell(2);
    await flow.expectWhole();
    expect(await state()).toBe("none");
    const telling = snapshots(3);
    telling.start();
    for (const expected of [1, 2]) {
      await wishForSnapshot(flow.reader.pool, flow.producer);
      await wishForSnapshot(flow.reader.pool, flow.producer);
      await until("told", async () => ["stored", "handled"].includes(await state()), 20_000);
      const { rows } = await flow.owner.pool.query(
        "select from joinery.outbox where envelope ->> 'name' like '%.snapshot.ended'",
      );
      expect(rows).toHaveLength(expected);
    }
    await telling.stop();
  });

  it("fills a consumer that was set back to an older copy of its database", async () => {
    flow.relay(nats);
    const consumer = flow.consumer(nats);
    await flow.tell(10);
    await flow.expectWhole();
    await consumer.stop();
    await flow.reader.pool.query("delete from joinery.inbox where seq > 4");
    await flow.reader.pool.query("update joinery.consumer_state set confirmed_seq = 4");
    flow.consumer(nats);
    await flow.tell(5);
    await flow.expectWhole();
  });

  const state = () => snapshotState(flow.reader.pool, flow.producer);
});

describe("an owner's database that was set back", () => {
  it("counts anew in a new epoch, and consumers ask for everything", async () => {
    const relay = flow.relay(nats);
    flow.consumer(nats);
    await flow.tell(10);
    await flow.expectWhole();
    await relay.stop();
    // What a restore does: the last six events and their numbers were never given.
    await flow.owner.owner.query("delete from joinery.outbox where seq > 4");
    await flow.owner.owner.query(
      "update joinery.outbox_channel set next_seq = 5 where channel = 'batch'",
    );
    await beginEpoch(flow.owner.owner);
    flow.relay(nats);
    await flow.tell(3);
    await until("the new epoch is stored", async () => (await flow.confirmed()) === 3);
    const { rows } = await flow.reader.pool.query<{ epoch: number; seq: string }>(
      "select epoch, seq from joinery.inbox order by position",
    );
    expect(rows.filter(({ epoch }) => epoch === 2).map(({ seq }) => seq)).toEqual(["1", "2", "3"]);
    expect(await snapshotState(flow.reader.pool, flow.producer)).toBe("wanted");
    await until("asked for", async () => {
      const asked = await flow.owner.pool.query("select from joinery.snapshot_request");
      return asked.rows.length === 1;
    });
  });

  it("is reported while it still counts in the old one", async () => {
    const codes: string[] = [];
    const log = {
      ...quiet,
      error: (_message: string, error: unknown) =>
        codes.push(String((error as { code?: string }).code)),
    };
    const relay = flow.relay(nats);
    flow.consumer(nats);
    await flow.tell(10);
    await flow.expectWhole();
    await relay.stop();
    await flow.owner.owner.query("update joinery.outbox_channel set next_seq = 5");
    flow.relay(nats, { log });
    await until("reported", () => codes.includes("PRODUCER_REWOUND"));
  });
});
