import { setTimeout as sleep } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { channels } from "../envelope.js";
import { streamOf } from "../subjects.js";
import { faultyBroker, hardFaults, type FaultCounts } from "../testing/faulty-broker.js";
import { until } from "../testing/fixtures.js";
import { Flow } from "../testing/flow.js";
import { TestNats } from "../testing/nats.js";
import type { TestPostgres } from "../testing/postgres.js";
import { seededRandom, seedOf } from "../testing/random.js";
import { postgresForTests } from "../testing/services.js";

/** TRUST D7: 500 in the long form. */
const seedCount = Number(process.env["JOINERY_FAULT_SEEDS"] ?? 12);
const atATime = 6;
const eventsEach = 120;
const ackWaitMs = 400;

let postgres: TestPostgres;
let broker: TestNats;

beforeAll(async () => {
  [postgres, broker] = await Promise.all([postgresForTests(), TestNats.start()]);
});
afterAll(async () => {
  await Promise.all([postgres.stop(), broker.stop()]);
});

async function runSeed(seed: number): Promise<FaultCounts> {
  const random = seededRandom(seed);
  const flow = await Flow.open(postgres.url);
  const [out, inward] = await Promise.all([broker.connect(), broker.connect()]);
  const sending = faultyBroker(out, random, hardFaults, 0);
  const receiving = faultyBroker(inward, random, hardFaults, ackWaitMs * 2);
  flow.relay(sending.nats);
  flow.consumer(receiving.nats, { ackWaitMs });
  await Promise.all([flow.tell(eventsEach, "batch"), flow.tell(eventsEach / 4, "pulse")]);
  await flow.expectWhole(60_000);
  await flow.close();
  await removeStreams(out, flow.producer);
  await Promise.all([out.close(), inward.close()]);
  const keys = Object.keys(hardFaults) as (keyof FaultCounts)[];
  const sums = keys.map((key) => [key, sending.counts[key] + receiving.counts[key]] as const);
  return Object.fromEntries(sums) as unknown as FaultCounts;
}

/** Each reserves its room on the broker's disk: a hundred flows would leave none. */
async function removeStreams(nats: NatsConnection, producer: string): Promise<void> {
  const manager = await jetstreamManager(nats);
  for (const channel of channels) await manager.streams.delete(streamOf(producer, channel));
}

describe("over a transport that loses, doubles, delays and reorders", () => {
  it(
    `every event is stored once and in order, with ${seedCount} seeds`,
    { timeout: 60_000 + seedCount * 15_000 },
    async () => {
      const first = seedOf("faulty transport");
      const totals: Record<string, number> = {};
      const seeds = Array.from({ length: seedCount }, (_, index) => first + index);
      const runners = Array.from({ length: atATime }, async () => {
        for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
          const counts = await runSeed(seed).catch((error: unknown) => {
            throw new Error(`JOINERY_SEED=${seed} JOINERY_FAULT_SEEDS=1 fails`, { cause: error });
          });
          for (const [fault, n] of Object.entries(counts)) totals[fault] = (totals[fault] ?? 0) + n;
        }
      });
      await Promise.all(runners);
      process.stdout.write(`faulty transport: ${JSON.stringify(totals)}\n`);
      for (const [fault, n] of Object.entries(totals)) expect(n, fault).toBeGreaterThan(0);
    },
  );

  it("events stay lost when nothing is sent again: the faults are real", async () => {
    const random = seededRandom(seedOf("faulty transport, control"));
    const flow = await Flow.open(postgres.url);
    const nats = await broker.connect();
    const faults = { ...hardFaults, lost: 0.2 };
    flow.relay(faultyBroker(nats, random, faults, 0).nats, { resendAfterMs: 3_600_000 });
    flow.consumer(nats, { ackWaitMs });
    await flow.tell(eventsEach);
    await until("all are sent", () => flow.allSent());
    await sleep(2_000);
    expect(await flow.confirmed()).toBeLessThan(eventsEach);
    await flow.close();
    await nats.close();
  });
});
