import { inTraceOf } from "@joinery/events";
import type { Door } from "../database/door.js";
import type { Sql } from "../database/sql.js";
import { codeOf, JoineryError } from "../errors.js";
import type { Log } from "../log.js";
import { attemptsMax, isPassing, lossesMax, passingWaits, waitMsOf } from "./failures.js";
import type { LaneHandler, LaneMessage } from "./handler.js";
import { InboxLaneContext } from "./inbox-lane-context.js";
import type { LaneMessages } from "./lane-messages.js";
import type { Claim, InboxRow, LaneStore } from "./lane-store.js";
import {
  checkFence,
  markFailed,
  markHandled,
  markHeld,
  markLost,
  markParked,
} from "./message-store.js";
import { countOwn } from "./wave-store.js";

export interface SliceOptions {
  readonly door: Door;
  readonly store: LaneStore;
  readonly messages: LaneMessages;
  readonly log: Log;
  readonly sliceMs: number;
  readonly retryFirstMs: number;
  readonly isRunning: () => boolean;
}

/** What a message leaves to its lane: on with the next, or an end of the slice. */
type Aftermath = "next" | "end";

/** Handles a claimed lane's messages in order until they or the time are used up. */
export class Slice {
  readonly #options: SliceOptions;
  readonly #claim: Claim;
  readonly #until: number;

  constructor(options: SliceOptions, claim: Claim) {
    this.#options = options;
    this.#claim = claim;
    this.#until = Date.now() + options.sliceMs;
  }

  async run(): Promise<void> {
    if (this.#claim.abandoned) await this.#countLoss();
    while (this.#hasTime()) {
      const rows = await this.#options.store.next(this.#claim);
      if (rows.length === 0) return;
      if ((await this.#handleAll(rows)) === "end") return;
    }
  }

  /** A message over which one worker after the other dies must not take every process with it. */
  async #countLoss(): Promise<void> {
    const [first] = await this.#options.store.next(this.#claim);
    if (first === undefined) return;
    await this.#settle(first, async (sql) => {
      if ((await markLost(sql, first)) < lossesMax) return;
      await markParked(sql, first, "WORKER_LOST");
      const { tenant, channel } = this.#claim;
      const event = first.envelope.id;
      this.#options.log.warn("an event was parked", {
        tenant,
        channel,
        event,
        code: "WORKER_LOST",
      });
    });
  }

  /** The next message is opened while one is handled. */
  async #handleAll(rows: readonly InboxRow[]): Promise<Aftermath> {
    let ahead = this.#open(rows[0]);
    for (const [index, row] of rows.entries()) {
      if (row.waits) return "end";
      const opened = ahead;
      ahead = this.#open(rows[index + 1]);
      if ((await this.#handle(row, opened)) === "end") return "end";
      if (!this.#hasTime()) return "end";
    }
    return "next";
  }

  #open(row: InboxRow | undefined): Promise<LaneMessage> | undefined {
    if (row === undefined || this.#handlerOf(row) === undefined) return undefined;
    const opened = this.#options.messages.open(row.envelope, row.payload);
    // Met when its turn comes; until then nobody awaits it.
    opened.catch(() => undefined);
    return opened;
  }

  async #handle(row: InboxRow, opened: Promise<LaneMessage> | undefined): Promise<Aftermath> {
    const handler = this.#handlerOf(row);
    const { door, messages } = this.#options;
    const context = new InboxLaneContext({ door, messages, claim: this.#claim, row });
    try {
      if (handler === undefined || opened === undefined)
        return await this.#settle(row, markHandled);
      await this.#assertWhole(row);
      const message = await opened;
      const outcome = await inTraceOf(row.envelope, () =>
        handler.handle(message as LaneMessage<never>, context),
      );
      if (context.handled) return "next";
      if (outcome === "more") return "end";
      return await this.#settle(row, outcome === "keep" ? markHeld : markHandled);
    } catch (error) {
      return this.#fail(row, error, context);
    }
  }

  /** A manifest is handled only when exactly its batches have come. */
  async #assertWhole(row: InboxRow): Promise<void> {
    if (!row.manifest || row.wave_id === null) return;
    const found = await countOwn(this.#options.door.pool, this.#claim.tenant, row.wave_id);
    if (found === row.wave_batch) return;
    throw new JoineryError("WAVE_INCOMPLETE", "a wave has more or fewer batches than it should", {
      wave: row.wave_id,
      expected: row.wave_batch ?? -1,
      found,
    });
  }

  async #settle(
    row: InboxRow,
    mark: (sql: Sql, row: InboxRow) => Promise<void>,
  ): Promise<Aftermath> {
    await this.#options.door.withCatalogue(async (tx) => {
      await mark(tx, row);
      await checkFence(tx, this.#claim);
    });
    return "next";
  }

  async #fail(row: InboxRow, error: unknown, context: InboxLaneContext): Promise<Aftermath> {
    const code = codeOf(error);
    if (code === "LANE_LOST") throw error;
    const passing = isPassing(error);
    const parks = !passing && row.attempts + 1 >= attemptsMax;
    const { tenant, channel } = this.#claim;
    this.#options.log.error(parks ? "an event was parked" : "an event failed", error, {
      tenant,
      channel,
      event: row.envelope.id,
      name: row.envelope.name,
      code,
      attempts: row.attempts + 1,
    });
    if (context.handled) return "next";
    const { retryFirstMs } = this.#options;
    const waitMs = passing ? passingWaits * retryFirstMs : waitMsOf(row.attempts, retryFirstMs);
    await this.#settle(row, (sql) =>
      parks ? markParked(sql, row, code) : markFailed(sql, row, { code, waitMs, counts: !passing }),
    );
    return parks ? "next" : "end";
  }

  #handlerOf(row: InboxRow): LaneHandler | undefined {
    return this.#options.messages.handlerOf(row.envelope);
  }

  #hasTime(): boolean {
    return this.#options.isRunning() && Date.now() < this.#until;
  }
}
