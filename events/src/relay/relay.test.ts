import { randomBytes } from "node:crypto";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Consumer } from "../inbox/consumer.js";
import { createDatabase, type TestDatabase } from "../testing/database.js";
import { loud, note, tell, until } from "../testing/fixtures.js";
import { TestNats } from "../testing/nats.js";
import { postgresForTests } from "../testing/services.js";
import type { TestPostgres } from "../testing/postgres.js";
import { Relay } from "./relay.js";

let postgres: TestPostgres;
let broker: TestNats;
let nats: NatsConnection;
let owner: TestDatabase;
let reader: TestDatabase;

beforeAll(async () => {
  [postgres, broker] = await Promise.all([postgresForTests(), TestNats.start()]);
  nats = await broker.connect();
  [owner, reader] = await Promise.all([createDatabase(postgres.url), createDatabase(postgres.url)]);
});

afterAll(async () => {
  await nats.close();
  await Promise.all([owner.close(), reader.close()]);
  await Promise.all([postgres.stop(), broker.stop()]);
});

describe("relay and consumer", () => {
  it("every committed event reaches the inbox of another service in order", async () => {
    const producer = `p${randomBytes(4).toString("hex")}`;
    const relay = new Relay({ pool: owner.pool, nats, producer, channels: ["batch"], log: loud });
    const consumer = new Consumer({
      pool: reader.pool,
      nats,
      consumer: "reader",
      producers: [{ producer, channels: ["batch"] }],
      log: loud,
    });
    relay.start();
    consumer.start();
    for (let count = 0; count < 100; count += 1) {
      await tell(owner.pool, owner.tenantRole, [note(owner.tenant, { count }, { producer })]);
    }
    await until("all arrive", async () => {
      const { rows } = await reader.pool.query("select from joinery.inbox where position is not null");
      return rows.length === 100;
    });
    const { rows } = await reader.pool.query<{ seq: string }>(
      "select seq from joinery.inbox order by position",
    );
    expect(rows.map(({ seq }) => Number(seq))).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    await until("marked and confirmed", async () => {
      const { rows: open } = await owner.pool.query(
        "select from joinery.outbox where sent_at is null",
      );
      const { rows: confirmed } = await owner.pool.query<{ confirmed_seq: string }>(
        "select confirmed_seq from joinery.confirmation",
      );
      return open.length === 0 && confirmed[0]?.confirmed_seq === "100";
    });
    await consumer.stop();
    await relay.stop();
  });
});
