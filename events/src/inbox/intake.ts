import {
  jetstream,
  jetstreamManager,
  type ConsumerMessages,
  type JetStreamManager,
  type JsMsg,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type pg from "pg";
import { ackPendingMax, ensureConsumer } from "../broker.js";
import type { Channel } from "../envelope.js";
import { codeOf } from "../errors.js";
import type { EventLog } from "../log.js";
import { definePoints } from "../points.js";
import { Backoff, Wake } from "../wake.js";
import { decodeMessage, type Message } from "../wire.js";
import { storeMessages, type Stored } from "./store.js";

const point = definePoints("inbox.ack.before", "inbox.ack.after");

/** One transaction takes at most so much. */
const storeBytesMax = 8 * 1024 * 1024;
const storeCountMax = 500;
/** The broker is told of our presence so often, and its silence is noticed in about twice that. */
const pullExpiresMs = 10_000;
const pullCount: Readonly<Record<Channel, number>> = { batch: 64, pulse: 512 };

export interface IntakeOptions {
  readonly pool: pg.Pool;
  readonly nats: NatsConnection;
  readonly consumer: string;
  readonly producer: string;
  readonly channel: Channel;
  /** Names that this service handles; all of them when left out. Others are counted, not kept. */
  readonly names?: ReadonlySet<string>;
  /** Of those the ones that are kept for the manifest of their wave; all of them when left out. */
  readonly carried?: ReadonlySet<string>;
  readonly log: EventLog;
  /** What is not acknowledged within this time is delivered again. */
  readonly ackWaitMs?: number;
  /** After each commit. */
  readonly onStored: (stored: Stored) => void;
}

interface Arrived {
  readonly delivery: JsMsg;
  readonly message: Message;
}

/**
 * Takes one producer's channel from the broker into the inbox. While one transaction commits the
 * next messages gather, so the number of transactions falls as the load grows. Acknowledged after
 * the commit; what is not acknowledged comes again and is recognised by its number.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #arrived: Arrived[] = [];
  readonly #wake = new Wake();
  readonly #stopped = new Wake();
  #running = false;
  #messages: ConsumerMessages | undefined;
  #done: Promise<unknown> = Promise.resolve();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Messages that have arrived and are not stored yet. */
  get pending(): number {
    return this.#arrived.length;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#done = Promise.all([this.#pull(), this.#store()]);
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#stopped.wake();
    this.#wake.wake();
    this.#messages?.stop();
    await this.#done;
  }

  /** Looks at the broker's side again: the durable consumer may be gone or outlived. */
  reopen(): void {
    this.#messages?.stop();
  }

  async #pull(): Promise<void> {
    const backoff = new Backoff(100, 2_000);
    let manager: JetStreamManager | undefined;
    while (this.#running) {
      try {
        manager ??= await jetstreamManager(this.#options.nats, { checkAPI: false });
        if (await this.#pullUntilFault(manager)) backoff.reset();
      } catch (error) {
        this.#options.log.warn("receiving waits", { ...this.#names(), code: codeOf(error) });
      }
      if (this.#running) await this.#stopped.wait(backoff.next());
    }
  }

  /** Answers false when the producer has made no stream yet. */
  async #pullUntilFault(manager: JetStreamManager): Promise<boolean> {
    const { nats, consumer, producer, channel, ackWaitMs } = this.#options;
    const info = await ensureConsumer(manager, producer, channel, consumer, ackWaitMs);
    if (info === undefined || !this.#running) return false;
    const messages = await jetstream(nats)
      .consumers.getConsumerFromInfo(info)
      .consume({
        max_messages: pullCount[channel],
        expires: pullExpiresMs,
        abort_on_missing_resource: true,
        callback: (delivery) => this.#arrive(delivery),
      });
    this.#messages = messages;
    if (!this.#running) messages.stop();
    const fault = await messages.closed();
    this.#messages = undefined;
    if (fault instanceof Error) throw fault;
    return true;
  }

  #arrive(delivery: JsMsg): void {
    // While the database is away the broker delivers again and again; it will once more.
    if (this.#arrived.length >= ackPendingMax[this.#options.channel]) return;
    try {
      this.#arrived.push({ delivery, message: decodeMessage(delivery.data) });
      this.#wake.wake();
    } catch (error) {
      // Its number stays missing, so the producer sends the event again.
      delivery.term();
      this.#options.log.error("a message cannot be read", error, this.#names());
    }
  }

  async #store(): Promise<void> {
    const backoff = new Backoff(50, 2_000);
    while (this.#running) {
      const batch = this.#next();
      if (batch.length === 0) {
        await this.#wake.wait(60_000);
        continue;
      }
      try {
        await this.#storeBatch(batch);
        this.#arrived.splice(0, batch.length);
        backoff.reset();
      } catch (error) {
        this.#options.log.warn("storing waits", { ...this.#names(), code: codeOf(error) });
        await this.#stopped.wait(backoff.next());
      }
    }
  }

  /** What lies in front and has one epoch, within bounds; it stays there until it is stored. */
  #next(): Arrived[] {
    const batch: Arrived[] = [];
    let bytes = 0;
    for (const arrived of this.#arrived) {
      bytes += arrived.message.sealed.length;
      const other = arrived.message.epoch !== (batch[0] ?? arrived).message.epoch;
      if (other || batch.length >= storeCountMax || (batch.length > 0 && bytes > storeBytesMax))
        break;
      batch.push(arrived);
    }
    return batch;
  }

  async #storeBatch(batch: readonly Arrived[]): Promise<void> {
    const { pool, producer, channel, names, carried } = this.#options;
    const stored = await this.#storeOrFindCulprit(batch, (part) =>
      storeMessages(
        pool,
        { producer, channel, names, carried },
        part.map(({ message }) => message),
      ),
    );
    await point("inbox.ack.before");
    for (const { delivery } of batch) delivery.ack();
    await point("inbox.ack.after");
    if (stored !== undefined) this.#options.onStored(stored);
  }

  /** A message that no table takes (SQLSTATE class 22 or 23) must not hold up the others. */
  async #storeOrFindCulprit(
    batch: readonly Arrived[],
    store: (part: readonly Arrived[]) => Promise<Stored>,
  ): Promise<Stored | undefined> {
    try {
      return await store(batch);
    } catch (error) {
      if (!/^2[23]/.test(codeOf(error))) throw error;
      if (batch.length === 1) {
        this.#options.log.error("a message cannot be stored", error, {
          ...this.#names(),
          seq: batch[0]?.message.seq,
        });
        return undefined;
      }
      let last: Stored | undefined;
      for (const arrived of batch)
        last = (await this.#storeOrFindCulprit([arrived], store)) ?? last;
      return last;
    }
  }

  #names(): { consumer: string; producer: string; channel: string } {
    const { consumer, producer, channel } = this.#options;
    return { consumer, producer, channel };
  }
}
