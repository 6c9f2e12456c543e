import type { NatsConnection } from "@nats-io/transport-node";
import type pg from "pg";
import { BrokerWatch } from "../broker-watch.js";
import type { Channel } from "../envelope.js";
import type { EventLog } from "../log.js";
import { Confirmer } from "./confirmer.js";
import { Intake } from "./intake.js";
import { Notifier } from "../notifier.js";
import { inboxWake, type Stored } from "./store.js";

export interface Subscription {
  readonly producer: string;
  readonly channels: readonly Channel[];
  /** Events that this service handles; all when left out. The others are counted, not kept. */
  readonly names?: readonly string[];
  /** Of those the ones that are kept for the manifest of their wave; all of them when left out. */
  readonly carried?: readonly string[];
}

export interface ConsumerOptions {
  /** Of the service role. Borrows up to two connections per producer and channel. */
  readonly pool: pg.Pool;
  /** One that reconnects for ever. */
  readonly nats: NatsConnection;
  /** This service; names its durable consumers. */
  readonly consumer: string;
  readonly producers: readonly Subscription[];
  readonly log: EventLog;
  /** After a commit that made some lane ready: spares workers here the notification. */
  readonly onReady?: () => void;
  readonly confirmIntervalMs?: number;
  readonly confirmIdleMs?: number;
  readonly holeAfterMs?: number;
  /** What is not stored within this time is delivered again. */
  readonly ackWaitMs?: number;
}

/**
 * Takes what other services tell into this service's inbox, each event once, and confirms it to
 * them. Any number may run for one service: they share the broker's deliveries, and the inbox is
 * written under one lock per producer and channel.
 */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #intakes: Intake[] = [];
  readonly #confirmers: Confirmer[] = [];
  readonly #notifier: Notifier;
  #watch: BrokerWatch | undefined;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#notifier = new Notifier(options.pool, inboxWake);
    for (const subscription of options.producers) {
      for (const channel of subscription.channels) this.#add(subscription, channel);
    }
  }

  start(): void {
    this.#watch ??= new BrokerWatch(this.#options.nats, () => {
      for (const confirmer of this.#confirmers) confirmer.hurry();
    });
    for (const part of [...this.#intakes, ...this.#confirmers]) part.start();
  }

  /** What has arrived and is not stored comes again after the next start. */
  async stop(): Promise<void> {
    this.#watch?.stop();
    this.#watch = undefined;
    await Promise.all([...this.#intakes, ...this.#confirmers].map((part) => part.stop()));
  }

  #add({ producer, names, carried }: Subscription, channel: Channel): void {
    const { pool, nats, consumer, log, ackWaitMs } = this.#options;
    const common = { pool, nats, consumer, producer, channel, log };
    const stored = (state: Stored) => {
      confirmer.stored(state);
      if (!state.woken) return;
      this.#options.onReady?.();
      this.#notifier.notify(channel);
    };
    const intake = new Intake({
      ...common,
      ...(names === undefined ? {} : { names: new Set(names) }),
      ...(ackWaitMs === undefined ? {} : { ackWaitMs }),
      ...(carried === undefined ? {} : { carried: new Set(carried) }),
      onStored: stored,
    });
    const confirmer = new Confirmer({
      ...common,
      intervalMs: this.#options.confirmIntervalMs ?? 2_000,
      idleMs: this.#options.confirmIdleMs ?? 60_000,
      holeAfterMs: this.#options.holeAfterMs ?? 5_000,
      pending: () => intake.pending,
      reopen: () => intake.reopen(),
      onMoved: stored,
    });
    this.#intakes.push(intake);
    this.#confirmers.push(confirmer);
  }
}
