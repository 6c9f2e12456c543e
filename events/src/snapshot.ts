import { randomUUID } from "node:crypto";
import type pg from "pg";
import { borrow } from "./borrow.js";
import { codeOf } from "./errors.js";
import type { EventLog } from "./log.js";
import { insertOutbox } from "./outbox.js";
import { definePoints } from "./points.js";
import type { SealedEvent } from "./sealing.js";
import { serviceTenant, snapshotEndName } from "./subjects.js";
import { Backoff, Wake } from "./wake.js";

const point = definePoints("snapshot.batch.before", "snapshot.batch.after", "snapshot.end.before");

/**
 * What an owner tells of all its objects, by keyset, each with its revision, so that consumers
 * ignore what they know in a newer one. What only `to` lacks need not be told for others.
 */
export interface SnapshotSource {
  /**
   * Each step puts some events into the outbox, in transactions of its own, and answers how many; 0
   * while it waits for something. It may be left between two steps, and is then begun anew.
   */
  tell(to: SnapshotAudience): AsyncIterable<number>;
}

export interface SnapshotAudience {
  /** Names of the consumers that asked. */
  readonly consumers: ReadonlySet<string>;
}

/** Of a service that owns nothing which others hold: its consumers get the end mark alone. */
export const nothingToTell: SnapshotSource = {
  tell: () => ({
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve({ done: true, value: undefined }),
    }),
  }),
};

export interface SnapshotsOptions {
  readonly pool: pg.Pool;
  readonly producer: string;
  readonly source: SnapshotSource;
  readonly log: EventLog;
  readonly pollMs?: number;
}

/**
 * Answers consumers that ask for everything: new ones, and those set back to an older state. A
 * snapshot goes through the outbox in the batch channel, so it is numbered, confirmed and sent
 * again like the rest, and ends with a mark for each consumer that asked before it began. One that
 * is interrupted begins again.
 */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  readonly #stopped = new Wake();
  #running = false;
  #done: Promise<void> = Promise.resolve();

  constructor(options: SnapshotsOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#stopped.wake();
    await this.#done;
  }

  async #run(): Promise<void> {
    const pollMs = this.#options.pollMs ?? 5_000;
    const backoff = new Backoff(pollMs, 60_000);
    while (this.#running) {
      try {
        await this.#serve();
        backoff.reset();
        await this.#stopped.wait(pollMs);
      } catch (error) {
        const { producer, log } = this.#options;
        log.warn("a snapshot begins again", { producer, code: codeOf(error) });
        await this.#stopped.wait(backoff.next());
      }
    }
  }

  /** One process at a time tells a snapshot: the lock belongs to its connection. */
  async #serve(): Promise<void> {
    const { rows: open } = await this.#options.pool.query(`${openRequests} limit 1`);
    if (open.length === 0) return;
    await borrow(this.#options.pool, async (client) => {
      const { rows } = await client.query<{ mine: boolean }>(
        "select pg_try_advisory_lock(hashtext('joinery.snapshot')) as mine",
      );
      if (rows[0]?.mine !== true) return;
      const waiting = await client.query<OpenRequest>(openRequests);
      if (waiting.rows.length > 0) await this.#tell(client, waiting.rows);
    });
  }

  async #tell(client: pg.PoolClient, requests: readonly OpenRequest[]): Promise<void> {
    const { producer, source, log } = this.#options;
    const consumers = new Set(requests.map(({ consumer }) => consumer));
    let events = 0;
    await point("snapshot.batch.before");
    for await (const told of source.tell({ consumers })) {
      await point("snapshot.batch.after");
      if (!this.#running) return;
      events += told;
      await point("snapshot.batch.before");
    }
    await point("snapshot.end.before");
    await client.query("begin");
    await insertOutbox(
      client,
      requests.map((request) => endMark(producer, request)),
    );
    await client.query(
      "update joinery.snapshot_request set ended_at = now() where id = any($1::uuid[])",
      [requests.map(({ id }) => id)],
    );
    await client.query("commit");
    log.info("a snapshot was told", { producer, consumers: [...consumers], events });
  }
}

const openRequests = "select consumer, id from joinery.snapshot_request where ended_at is null";

interface OpenRequest {
  readonly consumer: string;
  readonly id: string;
}

/** Tells nothing of anybody, so there is nothing to seal. */
function endMark(producer: string, request: OpenRequest): SealedEvent {
  return {
    envelope: {
      id: randomUUID(),
      name: snapshotEndName(producer),
      version: 1,
      tenant: serviceTenant,
      channel: "batch",
      occurredAt: new Date().toISOString(),
      actor: { kind: "system", id: producer },
      correlation: request.id,
    },
    sealed: new Uint8Array(),
  };
}
