import { randomBytes } from "node:crypto";
import type { NatsConnection } from "@nats-io/transport-node";
import { expect } from "vitest";
import type { Channel } from "../envelope.js";
import { Consumer, type ConsumerOptions } from "../inbox/consumer.js";
import { Relay, type RelayOptions } from "../relay/relay.js";
import { createDatabase, type TestDatabase } from "./database.js";
import { note, quiet, tell, until } from "./fixtures.js";

/** A service that tells and one that is told, each with its database, over one broker. */
export class Flow {
  readonly producer = `p${randomBytes(5).toString("hex")}`;
  readonly owner: TestDatabase;
  readonly reader: TestDatabase;
  readonly #parts: { stop(): Promise<void> }[] = [];
  /** Events told so far, by channel. */
  readonly told: Record<Channel, number> = { batch: 0, pulse: 0 };

  private constructor(owner: TestDatabase, reader: TestDatabase) {
    this.owner = owner;
    this.reader = reader;
  }

  static async open(postgresUrl: string): Promise<Flow> {
    const [owner, reader] = await Promise.all([
      createDatabase(postgresUrl),
      createDatabase(postgresUrl),
    ]);
    return new Flow(owner, reader);
  }

  /** Pauses are short, so that a test sees in seconds what happens in minutes. */
  relay(nats: NatsConnection, options: Partial<RelayOptions> = {}): Relay {
    const relay = new Relay({
      pool: this.owner.pool,
      nats,
      producer: this.producer,
      channels: ["batch", "pulse"],
      log: quiet,
      pollMs: 200,
      resendAfterMs: 500,
      ...options,
    });
    this.#parts.push(relay);
    relay.start();
    return relay;
  }

  consumer(nats: NatsConnection, options: Partial<ConsumerOptions> = {}): Consumer {
    const consumer = new Consumer({
      pool: this.reader.pool,
      nats,
      consumer: "reader",
      producers: [{ producer: this.producer, channels: ["batch", "pulse"] }],
      log: quiet,
      confirmIntervalMs: 200,
      confirmIdleMs: 1_000,
      holeAfterMs: 500,
      ...options,
    });
    this.#parts.push(consumer);
    consumer.start();
    return consumer;
  }

  /** Tells `count` events, each in a transaction of its own, one after the other. */
  async tell(count: number, channel: Channel = "batch", text = ""): Promise<void> {
    const { pool, tenantRole, tenant } = this.owner;
    for (let i = 0; i < count; i += 1) {
      const event = note(
        tenant,
        { count: this.told[channel], text },
        { channel, producer: this.producer },
      );
      await tell(pool, tenantRole, [event]);
      this.told[channel] += 1;
    }
  }

  async allSent(): Promise<boolean> {
    const { rows } = await this.owner.pool.query(
      "select from joinery.outbox where sent_at is null limit 1",
    );
    return rows.length === 0;
  }

  /** The consumer's confirmation has come to the producer. */
  async registeredAt(seq: number, channel: Channel = "batch"): Promise<boolean> {
    const { rows } = await this.owner.pool.query(
      `select from joinery.confirmation
       where consumer = 'reader' and channel = $1 and confirmed_seq >= $2`,
      [channel, seq],
    );
    return rows.length === 1;
  }

  async confirmed(channel: Channel = "batch"): Promise<number> {
    const { rows } = await this.reader.pool.query<{ confirmed_seq: string }>(
      "select confirmed_seq from joinery.consumer_state where producer = $1 and channel = $2",
      [this.producer, channel],
    );
    return Number(rows[0]?.confirmed_seq ?? 0);
  }

  /** Everything told is stored: each number once, in order of position, none missing. */
  async expectWhole(ms = 30_000): Promise<void> {
    for (const channel of ["batch", "pulse"] as const) {
      const count = this.told[channel];
      if (count === 0) continue;
      await until(
        `${count} of ${channel} stored`,
        async () => (await this.confirmed(channel)) >= count,
        ms,
      );
      const { rows } = await this.reader.pool.query<{ seq: string; event_id: string }>(
        `select seq, event_id from joinery.inbox
         where producer = $1 and channel = $2 order by position`,
        [this.producer, channel],
      );
      expect(rows.map(({ seq }) => Number(seq))).toEqual(
        Array.from({ length: count }, (_, index) => index + 1),
      );
      const { rows: sent } = await this.owner.pool.query<{ event_id: string }>(
        "select event_id from joinery.outbox where channel = $1 order by seq",
        [channel],
      );
      expect(rows.map(({ event_id }) => event_id)).toEqual(sent.map(({ event_id }) => event_id));
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.stop()));
    await Promise.all([this.owner.close(), this.reader.close()]);
  }

  /** Where the owners' connections are dead already. */
  async closePools(): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.stop()));
    await Promise.all([this.owner.pool.end(), this.reader.pool.end()]);
  }
}
