import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insertOutbox } from "../outbox.js";
import { sealEvents } from "../sealing.js";
import { createDatabase } from "../testing/database.js";
import { note, testSealer, until } from "../testing/fixtures.js";
import { Flow } from "../testing/flow.js";
import { TestNats } from "../testing/nats.js";
import type { TestPostgres } from "../testing/postgres.js";
import { seededRandom, seedOf } from "../testing/random.js";
import { postgresForTests } from "../testing/services.js";

/** TRUST D8: 100,000 in the long form. */
const eventCount = Number(process.env["JOINERY_EVENTS_NUMBERED"] ?? 5_000);
const writerCount = 50;

let postgres: TestPostgres;
let broker: TestNats;

beforeAll(async () => {
  [postgres, broker] = await Promise.all([postgresForTests(), TestNats.start()]);
});
afterAll(async () => {
  await Promise.all([postgres.stop(), broker.stop()]);
});

/** Fifty writers with random pauses between insert and commit; one in twenty takes them back. */
async function writeConcurrently(flow: Flow, seed: number): Promise<number> {
  const { serviceUrl, tenant, tenantRole } = flow.owner;
  const each = Math.ceil(eventCount / writerCount);
  const told = await Promise.all(
    Array.from({ length: writerCount }, async (_, writer) => {
      const random = seededRandom(seed + writer);
      const client = new pg.Client({ connectionString: serviceUrl });
      await client.connect();
      let committed = 0;
      for (let count = 0; count < each;) {
        const size = Math.min(each - count, 1 + Math.floor(random() * 5));
        const events = Array.from({ length: size }, (_none, index) =>
          note(tenant, { writer, count: count + index }, { producer: flow.producer }),
        );
        const sealed = await sealEvents(testSealer, events);
        await client.query("begin");
        await client.query(`set local role "${tenantRole}"`);
        await insertOutbox(client, sealed);
        await sleep(random() * 20);
        const kept = random() > 0.05;
        await client.query(kept ? "commit" : "rollback");
        count += size;
        if (kept) committed += size;
      }
      await client.end();
      return committed;
    }),
  );
  return told.reduce((sum, n) => sum + n, 0);
}

describe("numbering", () => {
  it(
    `misses none of ${eventCount} events of ${writerCount} writers who commit late or never`,
    { timeout: 600_000 },
    async () => {
      const seed = seedOf("numbering");
      const flow = await Flow.open(postgres.url);
      const elsewhere = await createDatabase(postgres.url);
      const nats = await broker.connect();
      flow.relay(nats);
      flow.consumer(nats);
      // Holds back every snapshot horizon of the cluster, and must hold back nothing of ours.
      await elsewhere.owner.query("begin isolation level repeatable read");
      await elsewhere.owner.query("create table held (n int)");
      const lost = loseByCursor(flow);
      flow.told.batch = await writeConcurrently(flow, seed);
      const missed = await lost.stop(flow.told.batch);
      await flow.expectWhole(120_000);
      const { rows } = await flow.reader.pool.query<{ n: number; lost: number }>(
        "select count(*)::int as n from joinery.inbox",
      );
      expect(rows[0]?.n).toBe(flow.told.batch);
      expect(
        missed,
        "a cursor over ids loses rows here, or the test proves nothing",
      ).toBeGreaterThan(0);
      process.stdout.write(`numbering: ${flow.told.batch} told, a cursor would lose ${missed}\n`);
      await elsewhere.owner.query("rollback");
      await flow.close();
      await elsewhere.close();
      await nats.close();
    },
  );

  it("goes on at once while a transaction in another database stays open", async () => {
    const flow = await Flow.open(postgres.url);
    const elsewhere = await createDatabase(postgres.url);
    const nats = await broker.connect();
    await elsewhere.owner.query("begin isolation level repeatable read");
    await elsewhere.owner.query("create table held (n int)");
    flow.relay(nats);
    flow.consumer(nats);
    await flow.tell(20);
    await flow.expectWhole(5_000);
    await elsewhere.owner.query("rollback");
    await flow.close();
    await elsewhere.close();
    await nats.close();
  });

  it("gives a late commit the next number, not one that was passed", async () => {
    const flow = await Flow.open(postgres.url);
    const nats = await broker.connect();
    flow.relay(nats);
    const { pool, tenant, tenantRole } = flow.owner;
    const late = await pool.connect();
    await late.query("begin");
    await late.query(`set local role "${tenantRole}"`);
    await insertOutbox(late, await sealEvents(testSealer, [note(tenant, { text: "late" })]));
    await flow.tell(3);
    await until("the others are numbered", async () => (await numbers(flow)).length === 3);
    await late.query("commit");
    late.release();
    await until("the late one is numbered", async () => (await numbers(flow)).length === 4);
    expect(await numbers(flow)).toEqual([4, 1, 2, 3]);
    await flow.close();
    await nats.close();
  });
});

async function numbers(flow: Flow): Promise<number[]> {
  const { rows } = await flow.owner.pool.query<{ seq: string }>(
    "select seq from joinery.outbox where seq is not null order by id",
  );
  return rows.map(({ seq }) => Number(seq));
}

/** The negative control: reads the same outbox with a cursor over ids and counts what it misses. */
function loseByCursor(flow: Flow): { stop(told: number): Promise<number> } {
  let running = true;
  let last = "0";
  let seen = 0;
  const read = async () => {
    const { rows } = await flow.owner.pool.query<{ id: string }>(
      "select id from joinery.outbox where id > $1 order by id limit 1000",
      [last],
    );
    seen += rows.length;
    last = rows.at(-1)?.id ?? last;
    return rows.length;
  };
  const done = (async () => {
    while (running) {
      await read();
      await sleep(5);
    }
  })();
  return {
    stop: async (told) => {
      running = false;
      await done;
      while ((await read()) > 0);
      return told - seen;
    },
  };
}
