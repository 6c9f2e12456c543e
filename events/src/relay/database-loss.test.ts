import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { insertOutbox } from "../outbox.js";
import { sealEvents } from "../sealing.js";
import { note, testSealer } from "../testing/fixtures.js";
import { Flow } from "../testing/flow.js";
import { TestNats } from "../testing/nats.js";
import { startPostgres } from "../testing/postgres.js";
import { seededRandom, seedOf } from "../testing/random.js";

/** TRUST D6: 20 in the long form. */
const kills = Number(process.env["JOINERY_DATABASE_KILLS"] ?? 3);

describe("a database that is killed and started again under load", () => {
  it(
    `${kills} times loses nothing that was committed`,
    { timeout: 60_000 + kills * 20_000 },
    async () => {
      const random = seededRandom(seedOf("database killed"));
      const [postgres, broker] = await Promise.all([
        startPostgres({ durable: true }),
        TestNats.start(),
      ]);
      const nats = await broker.connect();
      const flow = await Flow.open(postgres.url);
      // An owner's connection does not survive a kill; the test's own are made anew each time.
      for (const client of [flow.owner.owner, flow.reader.owner])
        client.on("error", () => undefined);
      flow.relay(nats);
      flow.consumer(nats, { ackWaitMs: 500 });
      let telling = true;
      const committed: string[] = [];
      const load = (async () => {
        while (telling) {
          const id = await tellOnce(flow).catch(() => undefined);
          if (id === undefined) await sleep(50);
          else committed.push(id);
        }
      })();
      for (let n = 0; n < kills; n += 1) {
        await sleep(500 + random() * 1_000);
        await postgres.kill();
        await sleep(random() * 500);
        await postgres.start();
      }
      await sleep(500);
      telling = false;
      await load;
      const { rows } = await flow.owner.pool.query<{ event_id: string }>(
        "select event_id from joinery.outbox",
      );
      const kept = new Set(rows.map(({ event_id }) => event_id));
      // A commit whose answer was lost may be there too; none that was answered may be missing.
      expect(committed.filter((id) => !kept.has(id))).toEqual([]);
      flow.told.batch = rows.length;
      await flow.expectWhole(60_000);
      expect(committed.length).toBeGreaterThan(10);
      await flow.closePools();
      await nats.close();
      await Promise.all([postgres.stop(), broker.stop()]);
    },
  );
});

async function tellOnce(flow: Flow): Promise<string> {
  const { serviceUrl, tenantRole, tenant } = flow.owner;
  const [event] = await sealEvents(testSealer, [note(tenant, {}, { producer: flow.producer })]);
  if (event === undefined) throw new Error("nothing was sealed");
  const client = new pg.Client({ connectionString: serviceUrl });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("begin");
    await client.query(`set local role "${tenantRole}"`);
    await insertOutbox(client, [event]);
    await client.query("commit");
    return event.envelope.id;
  } finally {
    await client.end().catch(() => undefined);
  }
}
