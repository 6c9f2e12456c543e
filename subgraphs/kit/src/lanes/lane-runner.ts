import { randomUUID } from "node:crypto";
import { Backoff, channels, inboxWake, Wake, type Channel, type Sealer } from "@joinery/events";
import pg from "pg";
import type { Door } from "../database/door.js";
import { codeOf } from "../errors.js";
import type { Log } from "../log.js";
import type { LaneHandler } from "./handler.js";
import { LaneMessages } from "./lane-messages.js";
import { LaneStore, type Claim } from "./lane-store.js";
import { Slice } from "./slice.js";

export interface LaneRunnerOptions {
  readonly db: Door;
  /** A door of its own keeps batches from taking the connections that pulses need. */
  readonly pulseDb?: Door;
  readonly service: string;
  readonly handlers: readonly LaneHandler[];
  readonly sealer: Sealer;
  readonly log: Log;
  /** Lanes served at a time. */
  readonly concurrency?: Partial<Record<Channel, number>>;
  readonly sliceMs?: number;
  /** A worker that dies loses its lane after this; one that lives renews it in time. */
  readonly leaseMs?: number;
  /** Fallback where a wake-up was missed, and how soon a dead worker's lane is looked for. */
  readonly pollMs?: number;
  /**
   * Before a failed message is tried for the second time; each further wait is four times as long.
   */
  readonly retryFirstMs?: number;
}

const defaults = {
  concurrency: { batch: 2, pulse: 2 },
  sliceMs: 2_000,
  leaseMs: 10_000,
  pollMs: 2_000,
  retryFirstMs: 200,
};

/**
 * Handles a service's inbox: claims lanes, one organisation in one channel each, and serves them
 * round-robin in slices, each lane in order. Any number of processes may run one; a lane has one
 * worker at a time, which its fence enforces at each commit.
 */
export class LaneRunner {
  readonly name = "lanes";
  readonly #options: LaneRunnerOptions;
  readonly #messages: LaneMessages;
  readonly #wakes: Record<Channel, Wake[]> = { batch: [], pulse: [] };
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #stopped = new Wake();
  #running = false;
  #listener: pg.Client | undefined;
  #done: Promise<unknown> = Promise.resolve();

  constructor(options: LaneRunnerOptions) {
    this.#options = options;
    this.#messages = new LaneMessages(options.sealer, options.handlers);
  }

  start(): Promise<void> {
    if (this.#running) return Promise.resolve();
    this.#running = true;
    const workers = channels.flatMap((channel) => {
      const count = this.#options.concurrency?.[channel] ?? defaults.concurrency[channel];
      return Array.from({ length: count }, () => this.#work(channel));
    });
    this.#done = Promise.all([...workers, this.#listen()]);
    return Promise.resolve();
  }

  /** Handlers under way are waited for; their lanes are free afterwards. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#stopped.wake();
    for (const timer of this.#timers) clearTimeout(timer);
    this.wake();
    await this.#listener?.end();
    await this.#done;
  }

  /** There is something new in the inbox. Saves the workers of this process the notification. */
  wake(): void {
    for (const channel of channels) this.#wakeChannel(channel);
  }

  #wakeChannel(channel: Channel): void {
    for (const wake of this.#wakes[channel]) wake.wake();
  }

  async #work(channel: Channel): Promise<void> {
    const { log, pollMs, leaseMs } = { ...defaults, ...this.#options };
    const wake = new Wake();
    this.#wakes[channel].push(wake);
    const store = new LaneStore(this.#doorOf(channel).pool, randomUUID(), leaseMs);
    const backoff = new Backoff(100, 5_000);
    while (this.#running) {
      try {
        const claim = await store.claim(channel);
        if (claim === undefined) await wake.wait(pollMs);
        else await this.#serve(store, claim);
        backoff.reset();
      } catch (error) {
        log.error("a lane was not served", error, { channel, code: codeOf(error) });
        await wake.wait(backoff.next());
      }
    }
  }

  async #serve(store: LaneStore, claim: Claim): Promise<void> {
    const { log, sliceMs, leaseMs, retryFirstMs } = { ...defaults, ...this.#options };
    const renewing = setInterval(() => {
      // A lane that cannot be renewed is lost by itself, which the next commit finds.
      store.renew(claim).catch(() => undefined);
    }, leaseMs / 3);
    const slice = new Slice(
      {
        door: this.#doorOf(claim.channel),
        store,
        messages: this.#messages,
        log,
        sliceMs,
        retryFirstMs,
        isRunning: () => this.#running,
      },
      claim,
    );
    try {
      await slice.run();
    } finally {
      clearInterval(renewing);
      const dueMs = await store.release(claim);
      if (dueMs !== null && dueMs > 0) this.#wakeIn(claim.channel, dueMs);
    }
  }

  #wakeIn(channel: Channel, ms: number): void {
    if (!this.#running) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#wakeChannel(channel);
    }, ms);
    this.#timers.add(timer);
  }

  #doorOf(channel: Channel): Door {
    const { db, pulseDb } = this.#options;
    return channel === "pulse" ? (pulseDb ?? db) : db;
  }

  /** Hears of inbox rows that another process has stored. */
  async #listen(): Promise<void> {
    const { log, service } = this.#options;
    const backoff = new Backoff(200, 10_000);
    while (this.#running) {
      const client = new pg.Client({
        ...this.#options.db.pool.options,
        application_name: `joinery ${service} lanes`,
      });
      const ended = new Promise<void>((resolve) => client.once("end", resolve));
      // The connection's end is what counts; `end` follows.
      client.on("error", () => undefined);
      client.on("notification", ({ payload }) => {
        const channel = channels.find((candidate) => candidate === payload);
        if (channel !== undefined) this.#wakeChannel(channel);
      });
      this.#listener = client;
      try {
        await client.connect();
        await client.query(`listen ${inboxWake}`);
        this.wake();
        backoff.reset();
        if (!this.#running) await client.end();
        await ended;
      } catch (error) {
        log.debug("notifications are not heard", { code: codeOf(error) });
      }
      if (this.#running) await this.#stopped.wait(backoff.next());
    }
  }
}
