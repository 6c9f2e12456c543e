import { setTimeout as sleep } from "node:timers/promises";
import { jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { insertOutbox } from "../outbox.js";
import { sealEvents, type SealedEvent } from "../sealing.js";
import { asTenant, note, quiet, tell, testSealer, until } from "../testing/fixtures.js";
import { Flow } from "../testing/flow.js";
import { TestNats } from "../testing/nats.js";
import type { TestPostgres } from "../testing/postgres.js";
import { postgresForTests } from "../testing/services.js";
import { encodeMessage } from "../wire.js";

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

describe("a tenant role", () => {
  const forbidden = expect.objectContaining({ code: "42501" }) as Error;

  const asTold = (tenant: string) => sealEvents(testSealer, [note(tenant, {})]);
  const run = (work: string) =>
    asTenant(flow.owner.pool, flow.owner.tenantRole, (client) => client.query(work));

  it("may tell events of its own tenant and of no other", async () => {
    const { pool, tenantRole, tenant } = flow.owner;
    await asTenant(pool, tenantRole, async (client) => insertOutbox(client, await asTold(tenant)));
    for (const other of ["0123456789abcdef", tenant.slice(1), "_service"]) {
      const forged = await asTold(other);
      await expect(
        asTenant(pool, tenantRole, (client) => insertOutbox(client, forged)),
      ).rejects.toThrowError(forbidden);
    }
  });

  it.each([
    "select payload from joinery.outbox",
    "update joinery.outbox set seq = 1",
    "delete from joinery.outbox",
    `insert into joinery.outbox (tenant, channel, event_id, envelope, payload, seq)
     values ('x', 'batch', gen_random_uuid(), '{}', '', 1)`,
    "select * from joinery.inbox",
    "select * from joinery.outbox_channel",
    "select * from joinery.confirmation",
    "update joinery.lane set fence = 0",
    "select joinery.receive('p', 'batch', 1, '[]', '')",
    "select joinery.wish_for_snapshot('p')",
    "select joinery.claim_lane('batch', 'me', 1000)",
    "select setval('joinery.outbox_id', 1)",
  ])("may not: %s", async (work) => {
    await expect(run(work)).rejects.toThrowError(forbidden);
  });
});

describe("a consumer", () => {
  it("keeps only what its service handles, and counts the rest", async () => {
    flow.relay(nats);
    const { producer, owner } = flow;
    const consumer = flow.consumer(nats, {
      producers: [{ producer, channels: ["batch"], names: [`${producer}.thing.wanted`] }],
    });
    const wanted = (count: number) => {
      const event = note(owner.tenant, { count }, { producer });
      return { ...event, event: { ...event.event, name: `${producer}.thing.wanted` } };
    };
    for (let count = 0; count < 20; count += 1) {
      const event = count % 5 === 0 ? wanted(count) : note(owner.tenant, { count }, { producer });
      await tell(owner.pool, owner.tenantRole, [event]);
    }
    await until("all counted", async () => (await flow.confirmed()) === 20);
    const { rows } = await flow.reader.pool.query<{ seq: string }>(
      "select seq from joinery.inbox order by seq",
    );
    expect(rows.map(({ seq }) => Number(seq))).toEqual([1, 6, 11, 16]);
    await consumer.stop();
  });

  it("confirms what nobody can handle: a poisoned event holds up nothing", async () => {
    flow.relay(nats);
    flow.consumer(nats);
    await flow.tell(5);
    const { pool, tenantRole, tenant } = flow.owner;
    const [event] = await sealEvents(testSealer, [note(tenant, {}, { producer: flow.producer })]);
    const poisoned = { ...(event as SealedEvent), sealed: Buffer.from("not sealed at all") };
    await asTenant(pool, tenantRole, (client) => insertOutbox(client, [poisoned]));
    flow.told.batch += 1;
    await flow.tell(5);
    await flow.expectWhole();
    await until("confirmed", () => flow.registeredAt(11));
  });

  it("is not held up by strange messages in the stream, and says what they are", async () => {
    const errors: string[] = [];
    const log = { ...quiet, error: (message: string) => errors.push(message) };
    flow.relay(nats);
    flow.consumer(nats, { log });
    await flow.tell(3);
    await flow.expectWhole();
    const [event] = await sealEvents(testSealer, [
      note(flow.owner.tenant, {}, { producer: flow.producer }),
    ]);
    const { envelope, sealed } = event as SealedEvent;
    const subject = `${envelope.name}.batch.${envelope.tenant}`;
    const forged = { ...envelope, id: "not a uuid" };
    await jetstream(nats).publish(subject, "hello");
    await jetstream(nats).publish(
      subject,
      encodeMessage({ epoch: 1, seq: 5, envelope: forged, sealed }),
    );
    await flow.tell(5);
    await flow.expectWhole();
    expect(errors).toContain("a message cannot be read");
    expect(errors).toContain("a message cannot be stored");
  });

  it("in two processes stores each event once and in order", async () => {
    flow.relay(nats);
    const other = await broker.connect();
    flow.consumer(nats);
    flow.consumer(other);
    await Promise.all([flow.tell(150), flow.tell(50, "pulse")]);
    await flow.expectWhole();
    await other.close();
  });

  it("that is away delays no other, and finds everything when it comes back", async () => {
    flow.relay(nats);
    const away = flow.consumer(nats);
    await flow.tell(5);
    await flow.expectWhole();
    await away.stop();
    const second = await Flow.open(postgres.url);
    second.consumer(nats, {
      consumer: "second",
      producers: [{ producer: flow.producer, channels: ["batch"] }],
    });
    await flow.tell(40);
    await until("the second has all", async () => {
      const { rows } = await second.reader.pool.query<{ confirmed_seq: string }>(
        "select confirmed_seq from joinery.consumer_state",
      );
      return rows[0]?.confirmed_seq === "45";
    });
    flow.consumer(nats);
    await flow.expectWhole();
    await second.close();
  });
});

describe("a relay", () => {
  it("has one leader per database, and another takes over when it goes", async () => {
    const leaders: number[] = [];
    const logOf = (n: number) => ({
      ...quiet,
      info: (message: string) => {
        if (message === "the relay leads") leaders.push(n);
      },
    });
    const first = flow.relay(nats, { log: logOf(1) });
    await until("the first leads", () => leaders.length === 1);
    flow.relay(nats, { log: logOf(2) });
    flow.consumer(nats);
    await flow.tell(20);
    await flow.expectWhole();
    expect(leaders).toEqual([1]);
    await first.stop();
    await flow.tell(20);
    await flow.expectWhole();
    expect(leaders).toEqual([1, 2]);
  });

  it("that loses its connection to the database leads again, and numbers stay dense", async () => {
    flow.relay(nats);
    flow.consumer(nats);
    for (let round = 0; round < 5; round += 1) {
      const telling = flow.tell(20);
      await sleep(20);
      await flow.owner.owner.query(
        `select pg_terminate_backend(pid) from pg_locks
         where locktype = 'advisory'
           and database = (select oid from pg_database where datname = current_database())`,
      );
      await telling;
    }
    await flow.expectWhole();
  });

  it("starts before the broker does, and delivers when it comes", { timeout: 60_000 }, async () => {
    const late = await TestNats.start();
    const connection = await late.connect();
    await late.kill();
    flow.relay(connection);
    flow.consumer(connection);
    await flow.tell(10);
    await late.start();
    await flow.expectWhole();
    await flow.close();
    await connection.close();
    await late.stop();
    flow = await Flow.open(postgres.url);
  });
});
