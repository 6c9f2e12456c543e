import { jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type pg from "pg";
import { borrow } from "../borrow.js";
import { defaultLimits, ensureStream, type StreamLimits } from "../broker.js";
import type { Channel } from "../envelope.js";
import { codeOf, EventError } from "../errors.js";
import type { EventLog } from "../log.js";
import { outboxWake } from "../outbox.js";
import { Backoff, Wake } from "../wake.js";
import { ConfirmationListener } from "./confirming.js";
import { BrokerWatch } from "../broker-watch.js";
import { numberedMax, OutboxNumbering } from "./numbering.js";
import { Sender } from "./outgoing.js";
import { ChannelPublisher } from "./publisher.js";
import { makeRoom } from "./room.js";

export interface RelayOptions {
  /** Of the service role. The relay keeps one connection and borrows up to three. */
  readonly pool: pg.Pool;
  /** One that reconnects for ever; `noAsyncTraces` spares a stack trace per message. */
  readonly nats: NatsConnection;
  /** The service whose outbox this is; names its streams. */
  readonly producer: string;
  readonly channels: readonly Channel[];
  readonly log: EventLog;
  readonly limits?: Partial<Record<Channel, StreamLimits>>;
  /** Fallback where a wake-up was missed. */
  readonly pollMs?: number;
  /** An event sent less than this ago is not sent again. */
  readonly resendAfterMs?: number;
}

/**
 * Brings a service's outbox to the broker. Any number may run; one per database leads, the holder
 * of a session lock, and another takes over within a second when its connection ends. See the
 * README for what it locks and what each failure costs.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #wake = new Wake();
  readonly #stopped = new Wake();
  #running = false;
  #publishers: readonly ChannelPublisher[] = [];
  #done: Promise<void> = Promise.resolve();

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#done = this.#run();
  }

  /** What was handed to the broker is waited for and marked; the lock is free afterwards. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#stopped.wake();
    this.#wake.wake();
    await this.#done;
  }

  /** There is something new in the outbox. Not needed where the database can tell. */
  wake(): void {
    this.#wake.wake();
  }

  async #run(): Promise<void> {
    const backoff = new Backoff(100, 5_000);
    while (this.#running) {
      try {
        const led = await this.#tryToLead();
        backoff.reset();
        if (!led) await this.#stopped.wait(1_000);
      } catch (error) {
        const { producer, log } = this.#options;
        const waitMs = backoff.next();
        log.warn("the relay starts again", { producer, code: codeOf(error), waitMs });
        await this.#stopped.wait(waitMs);
      }
    }
  }

  /** Answers false when another leads; otherwise leads until the connection ends or `stop`. */
  async #tryToLead(): Promise<boolean> {
    return borrow(this.#options.pool, async (client, clean) => {
      const { rows } = await client.query<{ led: boolean }>(
        "select pg_try_advisory_lock(hashtext('joinery.relay')) as led",
      );
      if (rows[0]?.led !== true) {
        clean();
        return false;
      }
      let fault: Error | undefined;
      client.on("error", (error) => {
        fault = error;
        this.#wake.wake();
      });
      client.on("notification", () => this.#wake.wake());
      await this.#lead(client, () => fault);
      return true;
    });
  }

  async #lead(client: pg.PoolClient, faultOf: () => Error | undefined): Promise<void> {
    const { pool, nats, producer, log } = this.#options;
    await client.query(`listen ${outboxWake}`);
    const sender = new Sender(nats);
    const fail = (fault: unknown, only?: Channel) => {
      for (const publisher of this.#publishers) {
        if (only === undefined || publisher.channel === only) publisher.fail(fault);
      }
    };
    const returned = new EventError("BROKER_UNAVAILABLE", "the broker was away");
    const broker = new BrokerWatch(nats, () => fail(returned));
    const confirming = new ConfirmationListener({
      pool,
      nats,
      sender,
      producer,
      log,
      resendAfterMs: this.#options.resendAfterMs ?? 5_000,
      onFault: (channel, error) => fail(error, channel),
    });
    this.#publishers = this.#options.channels.map((channel) =>
      this.#publisher(channel, sender, broker),
    );
    const publishing = this.#publishers.map((publisher) => publisher.run());
    confirming.start();
    log.info("the relay leads", { producer });
    try {
      await this.#number(client, faultOf);
    } finally {
      for (const publisher of this.#publishers) publisher.stop();
      broker.stop();
      await Promise.all(publishing);
      await confirming.stop();
      this.#publishers = [];
    }
  }

  async #number(client: pg.PoolClient, faultOf: () => Error | undefined): Promise<void> {
    const numbering = new OutboxNumbering(client);
    while (this.#running) {
      const fault = faultOf();
      if (fault !== undefined) throw fault;
      const count = await numbering.number();
      if (count > 0) for (const publisher of this.#publishers) publisher.wake();
      if (count < numberedMax) await this.#wake.wait(this.#options.pollMs ?? 1_000);
    }
  }

  #publisher(channel: Channel, sender: Sender, broker: BrokerWatch): ChannelPublisher {
    const { pool, nats, producer, log } = this.#options;
    const limits = this.#options.limits?.[channel] ?? defaultLimits[channel];
    let manager: JetStreamManager | undefined;
    let ensuredIn = -1;
    return new ChannelPublisher({
      pool,
      sender,
      producer,
      channel,
      log,
      ready: async (fault) => {
        await broker.connected();
        manager ??= await jetstreamManager(nats, { checkAPI: false });
        if (fault === "full") await makeRoom({ jsm: manager, pool, producer, channel, log });
        // A broker that came back may have forgotten the stream.
        if (ensuredIn === broker.connections && fault === undefined) return;
        const connections = broker.connections;
        await ensureStream(manager, producer, channel, limits);
        ensuredIn = connections;
      },
    });
  }
}
