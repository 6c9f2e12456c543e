import { setTimeout as sleep } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { streamOf } from "../subjects.js";
import { until } from "../testing/fixtures.js";
import { Flow } from "../testing/flow.js";
import { TestNats } from "../testing/nats.js";
import type { TestPostgres } from "../testing/postgres.js";
import { postgresForTests } from "../testing/services.js";

let postgres: TestPostgres;
let broker: TestNats;
let nats: NatsConnection;
let flow: Flow;

beforeAll(async () => {
  postgres = await postgresForTests();
});
afterAll(() => postgres.stop());

beforeEach(async () => {
  broker = await TestNats.start();
  nats = await broker.connect();
  flow = await Flow.open(postgres.url);
});
afterEach(async () => {
  await flow.close();
  await nats.close();
  await broker.stop();
});

describe("a broker whose store is deleted while it is stopped (TRUST D3)", () => {
  it("loses nothing and doubles nothing", { timeout: 60_000 }, async () => {
    const relay = flow.relay(nats);
    const consumer = flow.consumer(nats);
    await flow.tell(50);
    await flow.tell(10, "pulse");
    await flow.expectWhole();
    // The broker takes these and nobody fetches them.
    await consumer.stop();
    await flow.tell(200);
    await until("all are sent", () => flow.allSent());
    await broker.kill();
    broker.deleteStore();
    await flow.tell(30);
    await broker.start();
    flow.consumer(nats);
    await flow.tell(30);
    await flow.tell(10, "pulse");
    await flow.expectWhole();
    await relay.stop();
  });

  it("is noticed even when nothing more is ever told", { timeout: 60_000 }, async () => {
    flow.relay(nats);
    const consumer = flow.consumer(nats);
    await flow.tell(5);
    await flow.expectWhole();
    await consumer.stop();
    await flow.tell(20);
    await until("all are sent", () => flow.allSent());
    await broker.kill();
    broker.deleteStore();
    await broker.start();
    flow.consumer(nats);
    await flow.expectWhole();
  });

  it("is a loss without the outbox: what the broker alone kept is gone", async () => {
    flow.relay(nats);
    await flow.tell(20);
    await until("all are sent", () => flow.allSent());
    await flow.owner.owner.query("delete from joinery.outbox");
    await broker.kill();
    broker.deleteStore();
    await broker.start();
    flow.consumer(nats);
    await sleep(3_000);
    expect(await flow.confirmed()).toBe(0);
  });
});

describe("a broker set back to an older copy while producers ran (TRUST D4)", () => {
  it("loses nothing and doubles nothing", { timeout: 90_000 }, async () => {
    flow.relay(nats);
    const consumer = flow.consumer(nats);
    await flow.tell(40);
    await flow.tell(5, "pulse");
    await flow.expectWhole();
    await broker.kill();
    broker.copyStore();
    await broker.start();
    // Some of what comes now is stored by the consumer, some only by the broker.
    await flow.tell(40);
    await flow.expectWhole();
    await consumer.stop();
    await flow.tell(100);
    await flow.tell(5, "pulse");
    await until("all are sent", () => flow.allSent());
    await broker.kill();
    broker.restoreStore();
    const telling = flow.tell(30);
    await broker.start();
    flow.consumer(nats);
    await telling;
    await flow.expectWhole();
  });
});

describe("a broker that has forgotten one thing", () => {
  it("has its stream made again, and what was in it sent again", { timeout: 60_000 }, async () => {
    flow.relay(nats);
    flow.consumer(nats);
    await flow.tell(10);
    await flow.expectWhole();
    const manager = await jetstreamManager(nats);
    await manager.streams.delete(streamOf(flow.producer, "batch"));
    await flow.tell(10);
    await flow.expectWhole();
  });

  it("has its consumer made again", { timeout: 60_000 }, async () => {
    flow.relay(nats);
    flow.consumer(nats);
    await flow.tell(10);
    await flow.expectWhole();
    const manager = await jetstreamManager(nats);
    await manager.consumers.delete(streamOf(flow.producer, "batch"), "reader");
    await flow.tell(10);
    await flow.expectWhole();
  });

  it("has messages that somebody purged sent again within its duplicate window", async () => {
    flow.relay(nats);
    await flow.tell(10);
    await until("all are sent", () => flow.allSent());
    const manager = await jetstreamManager(nats);
    await manager.streams.purge(streamOf(flow.producer, "batch"));
    flow.consumer(nats);
    await flow.expectWhole();
  });
});

describe("a broker that is full", () => {
  it("holds producers back and loses nothing", { timeout: 60_000 }, async () => {
    const limits = { batch: { bytesMax: 64_000, ageMaxMs: 3_600_000, replicas: 1 } };
    flow.relay(nats, { limits });
    await flow.tell(60, "batch", incompressible(4_000));
    await sleep(1_000);
    expect(await flow.allSent()).toBe(false);
    flow.consumer(nats);
    await flow.expectWhole(50_000);
    await until("all are sent", () => flow.allSent());
  });

  /**
   * nats-server 2.9 forgets its own overhead when it decides whether a message still fits, lets one
   * in that does not, and then drops the oldest: with this size, one for each that comes.
   */
  it("and drops the oldest all the same loses nothing", { timeout: 60_000 }, async () => {
    const limits = { batch: { bytesMax: 65_536, ageMaxMs: 3_600_000, replicas: 1 } };
    flow.relay(nats, { limits });
    await flow.tell(60, "batch", incompressible(4_000));
    await sleep(1_000);
    flow.consumer(nats);
    await flow.expectWhole(50_000);
  });

  it("does not hold pulses back", async () => {
    const limits = { batch: { bytesMax: 32_000, ageMaxMs: 3_600_000, replicas: 1 } };
    flow.relay(nats, { limits });
    await flow.tell(30, "batch", incompressible(4_000));
    await flow.tell(5, "pulse");
    await until("pulses are sent", async () => {
      const { rows } = await flow.owner.pool.query(
        "select from joinery.outbox where channel = 'pulse' and sent_at is null",
      );
      return rows.length === 0;
    });
    expect(await flow.allSent()).toBe(false);
  });
});

function incompressible(length: number): string {
  return Array.from({ length }, () => String.fromCharCode(33 + Math.random() * 90)).join("");
}
