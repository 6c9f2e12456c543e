import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allPoints } from "../points.js";
import { note, tell, until } from "../testing/fixtures.js";
import { Flow } from "../testing/flow.js";
import { TestNats } from "../testing/nats.js";
import type { TestPostgres } from "../testing/postgres.js";
import { seededRandom, seedOf } from "../testing/random.js";
import { Child } from "../testing/spawn.js";
import { postgresForTests } from "../testing/services.js";
import "../snapshot.js";

/** TRUST D1, for this package: SIGKILL at every named point. */
const points = allPoints();
const atATime = 3;
/** The long form: each death alone, at its first time and at its second. */
const long = process.env["JOINERY_LONG"] === "1";

let postgres: TestPostgres;
let broker: TestNats;

beforeAll(async () => {
  [postgres, broker] = await Promise.all([postgresForTests(), TestNats.start()]);
});
afterAll(async () => {
  await Promise.all([postgres.stop(), broker.stop()]);
});

async function orderOf(flow: Flow) {
  await flow.reader.pool.query("select joinery.wish_for_snapshot($1)", [flow.producer]);
  // Each process asks for a snapshot of its own, even where the last one's was under way.
  await flow.reader.pool.query(
    `update joinery.consumer_state set snapshot_id = gen_random_uuid(),
       snapshot_requested_at = null, snapshot_end_position = null where channel = 'batch'`,
  );
  return {
    ownerUrl: flow.owner.serviceUrl,
    readerUrl: flow.reader.serviceUrl,
    natsUrl: broker.url,
    producer: flow.producer,
    tenant: flow.owner.tenant,
  };
}

async function tellMore(flow: Flow, count: number): Promise<void> {
  const { pool, tenantRole, tenant } = flow.owner;
  for (let i = 0; i < count; i += 1) {
    const channel = i % 4 === 0 ? "pulse" : "batch";
    await tell(pool, tenantRole, [
      note(tenant, { count: i }, { channel, producer: flow.producer }),
    ]);
    await sleep(5);
  }
}

/** Every committed event is in the inbox once, in the order of its number, whatever was killed. */
async function expectNothingLost(flow: Flow): Promise<void> {
  const { rows: sent } = await flow.owner.pool.query<{
    channel: string;
    ids: string[];
    seqs: number[];
  }>(
    `select channel, array_agg(seq::int order by seq) as seqs,
            array_agg(event_id order by seq)
              filter (where envelope ->> 'name' not like '%.snapshot.ended') as ids
     from joinery.outbox group by channel order by channel`,
  );
  for (const { channel, ids, seqs } of sent) {
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    const { rows } = await flow.reader.pool.query<{ event_id: string }>(
      "select event_id from joinery.inbox where channel = $1 order by position",
      [channel],
    );
    expect(rows.map(({ event_id }) => event_id)).toEqual(ids);
  }
}

async function settled(flow: Flow): Promise<boolean> {
  const { rows } = await flow.owner.pool.query<{ channel: "batch" | "pulse"; last: number }>(
    `select channel, max(seq)::int as last from joinery.outbox group by channel
     having bool_and(sent_at is not null)`,
  );
  const { rows: wish } = await flow.reader.pool.query(
    "select from joinery.consumer_state where snapshot_end_position is not null",
  );
  if (rows.length < 2 || wish.length === 0) return false;
  const confirmed = await Promise.all(rows.map(({ channel }) => flow.confirmed(channel)));
  return rows.every(({ last }, index) => confirmed[index] === last);
}

/** One process dies at the point while events come before and after its start. */
async function die(flow: Flow, { point, nth }: Death): Promise<void> {
  const order = await orderOf(flow);
  await tellMore(flow, 12);
  const victim = new Child({ ...order, dieAt: point, nth, purges: true });
  try {
    await tellMore(flow, 12);
    const death = await Promise.race([victim.ended, sleep(30_000)]);
    expect(death?.signal, `${point} is reached ${nth} times`).toBe("SIGKILL");
  } finally {
    victim.kill();
  }
}

/** Deaths one after the other, then one process that lives and brings everything home. */
async function dieAndRecover(deaths: readonly Death[]): Promise<void> {
  const flow = await Flow.open(postgres.url);
  let survivor: Child | undefined;
  try {
    for (const death of deaths) await die(flow, death);
    survivor = new Child(await orderOf(flow));
    await tellMore(flow, 8);
    const last = deaths.at(-1)?.point;
    await until(`everything is stored after ${last}`, () => settled(flow), 60_000);
    await survivor.stop();
    await expectNothingLost(flow);
  } finally {
    survivor?.kill();
    await flow.close();
  }
}

interface Death {
  readonly point: string;
  readonly nth: number;
}

/** Points that a run passes once, or not surely twice. */
const once = /^relay\.(snapshot|resend)\.|^snapshot\.end\./;

describe("a process killed with SIGKILL", () => {
  const deaths = points.flatMap((point) => [
    { point, nth: 1 },
    ...(once.test(point) || !long ? [] : [{ point, nth: 2 }]),
  ]);
  // In the short form one survivor follows several deaths.
  const eachSurvives = long ? 1 : 6;

  it(
    `at any of ${points.length} points loses and doubles nothing`,
    { timeout: 900_000 },
    async () => {
      expect(points.length).toBeGreaterThan(15);
      const waiting = [...deaths];
      const runners = Array.from({ length: atATime }, async () => {
        while (waiting.length > 0) await dieAndRecover(waiting.splice(0, eachSurvives));
      });
      await Promise.all(runners);
    },
  );

  it("knows the same points as this test", async () => {
    const flow = await Flow.open(postgres.url);
    const child = new Child(await orderOf(flow));
    await until("it says them", () => child.points.length > 0);
    expect(child.points).toEqual(points);
    await child.stop();
    await flow.close();
  });

  it(
    "again and again under load loses nothing and doubles nothing",
    { timeout: 120_000 },
    async () => {
      const random = seededRandom(seedOf("kill storm"));
      const flow = await Flow.open(postgres.url);
      const order = await orderOf(flow);
      let telling = true;
      const load = (async () => {
        while (telling) await tellMore(flow, 10);
      })();
      for (let kills = 0; kills < (long ? 60 : 8); kills += 1) {
        const child = new Child(order);
        await sleep(300 + random() * 900);
        child.kill();
        await child.ended;
      }
      telling = false;
      await load;
      const survivor = new Child(order);
      await until("everything is stored", () => settled(flow), 60_000);
      await survivor.stop();
      await expectNothingLost(flow);
      await flow.close();
    },
  );
});
