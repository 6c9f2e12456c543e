import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type pg from "pg";
import { findConsumer, findStream } from "../broker.js";
import type { Channel } from "../envelope.js";
import { codeOf } from "../errors.js";
import type { EventLog } from "../log.js";
import { definePoints } from "../points.js";
import {
  missingRangesMax,
  type Confirmation,
  type ConfirmationAnswer,
  type SnapshotRequest,
} from "../protocol.js";
import { confirmationSubject, snapshotSubject, streamOf } from "../subjects.js";
import { Wake } from "../wake.js";
import { findWish, markRequested, wishForSnapshot } from "./snapshot-wish.js";
import { moveBaseline, type Stored } from "./store.js";

const point = definePoints("inbox.confirm.before", "inbox.confirm.after");

const answerWithinMs = 2_000;
/** While events are being sent again for us, the next confirmation asks for more of them. */
const catchingUpMs = 200;
const vainRoundsMax = 5;

export interface ConfirmerOptions {
  readonly pool: pg.Pool;
  readonly nats: NatsConnection;
  readonly consumer: string;
  readonly producer: string;
  readonly channel: Channel;
  readonly log: EventLog;
  /** Between confirmations while the prefix moves or a hole is open. */
  readonly intervalMs: number;
  /** Between confirmations otherwise. */
  readonly idleMs: number;
  /** A hole younger than this is on its way. */
  readonly holeAfterMs: number;
  /** Messages that have arrived and are not stored yet. */
  readonly pending: () => number;
  /** Makes the intake look at the broker's side again. */
  readonly reopen: () => void;
  /** After a commit that moved the prefix without messages. */
  readonly onMoved: (stored: Stored) => void;
}

/**
 * Tells a producer how far this consumer has stored one of its channels, and asks for snapshots.
 */
export class Confirmer {
  readonly #options: ConfirmerOptions;
  readonly #wake = new Wake();
  #running = false;
  #changed = true;
  #holeSince: number | undefined;
  #catchingUp = false;
  #vainRounds = 0;
  #done: Promise<void> = Promise.resolve();

  constructor(options: ConfirmerOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#wake.wake();
    await this.#done;
  }

  /** The prefix has moved or a hole has opened or closed. */
  stored(stored: Stored): void {
    this.#changed = true;
    this.#vainRounds = 0;
    if (stored.waiting === 0) this.#holeSince = undefined;
    else this.#holeSince ??= Date.now();
    this.#wake.wake();
  }

  /** The broker has come back: it may have forgotten something. */
  hurry(): void {
    this.#changed = true;
    this.#wake.wake();
  }

  async #run(): Promise<void> {
    const { intervalMs, idleMs, log } = this.#options;
    let last = 0;
    while (this.#running) {
      const busy = this.#changed || this.#holeSince !== undefined;
      const due = last + (this.#catchingUp ? catchingUpMs : busy ? intervalMs : idleMs);
      const waitMs = due - Date.now();
      if (waitMs > 0) {
        await this.#wake.wait(waitMs);
        continue;
      }
      last = Date.now();
      try {
        await this.#confirm();
      } catch (error) {
        // The producer is away or the broker is: said again soon, for it may ask for something.
        this.#changed = true;
        log.debug("a confirmation was not answered", { ...this.#names(), code: codeOf(error) });
      }
    }
  }

  async #confirm(): Promise<void> {
    const { producer } = this.#options;
    this.#changed = false;
    const confirmation = await this.#confirmation();
    await point("inbox.confirm.before");
    const answer = await this.#ask<ConfirmationAnswer>(confirmationSubject(producer), confirmation);
    await point("inbox.confirm.after");
    const lag = answer.numberedSeq - confirmation.confirmedSeq;
    this.#catchingUp = answer.resent > 0;
    if (lag > 0 || answer.epoch !== confirmation.epoch) this.#changed = true;
    // Sent again in vain: the broker keeps it from us.
    if (answer.resent > 0 && ++this.#vainRounds % vainRoundsMax === 0) this.#options.reopen();
    await this.#snapshot(confirmation, answer);
  }

  async #confirmation(): Promise<Confirmation> {
    const { pool, consumer, producer, channel } = this.#options;
    const caughtUp = await this.#caughtUp();
    const { rows } = await pool.query<StateRow>(standing, [producer, channel, missingRangesMax]);
    const row = rows[0];
    const confirmedSeq = Number(row?.confirmed_seq ?? 0);
    const seenSeq = Math.max(confirmedSeq, Number(row?.seen_seq ?? 0));
    const holes = row?.holes ?? [];
    if (holes.length === 0) this.#holeSince = undefined;
    else this.#holeSince ??= Date.now();
    const openMs = Date.now() - (this.#holeSince ?? Date.now());
    return {
      consumer,
      channel,
      epoch: row?.epoch ?? 0,
      confirmedSeq,
      caughtUp,
      missing: caughtUp || openMs >= this.#options.holeAfterMs ? holes : [],
      seenSeq,
    };
  }

  async #caughtUp(): Promise<boolean> {
    const { nats, consumer, producer, channel } = this.#options;
    if (this.#options.pending() > 0) return false;
    const manager = await jetstreamManager(nats, { checkAPI: false });
    const stream = streamOf(producer, channel);
    const info = await findConsumer(manager, stream, consumer);
    // Without a stream nothing can be pending; with one, everything is until we are known there.
    if (info === undefined) return (await findStream(manager, stream)) === undefined;
    return info.num_pending + info.num_ack_pending === 0 && this.#options.pending() === 0;
  }

  /**
   * What retention has dropped only a snapshot can tell. The wish for one is kept with the batch
   * channel, in which its end will come, until the producer has written it down; then the prefix
   * need not wait for what the snapshot covers.
   */
  async #snapshot(confirmation: Confirmation, answer: ConfirmationAnswer): Promise<void> {
    const { pool, consumer, producer, channel, log } = this.#options;
    const sameEpoch = confirmation.epoch === answer.epoch || confirmation.epoch === 0;
    const behind = sameEpoch && confirmation.confirmedSeq < answer.droppedSeq;
    if (behind) await wishForSnapshot(pool, producer);
    const wished = await findWish(pool, producer);
    if (wished !== undefined && !wished.requested) {
      const request: SnapshotRequest = { consumer, id: wished.id };
      await this.#ask(snapshotSubject(producer), request);
      await markRequested(pool, wished.id);
      log.info("a snapshot was asked for", { ...this.#names(), request: wished.id });
    }
    if (behind) {
      const { epoch, droppedSeq } = answer;
      const moved = await moveBaseline(pool, { producer, channel }, epoch, droppedSeq);
      this.#options.onMoved(moved);
    }
  }

  async #ask<Answer>(subject: string, question: object): Promise<Answer> {
    const { nats } = this.#options;
    const text = JSON.stringify(question);
    const reply = await nats.request(subject, text, { timeout: answerWithinMs });
    return reply.json<Answer>();
  }

  #names(): { consumer: string; producer: string; channel: string } {
    const { consumer, producer, channel } = this.#options;
    return { consumer, producer, channel };
  }
}

interface StateRow {
  readonly epoch: number;
  readonly confirmed_seq: string;
  readonly seen_seq: string | null;
  readonly holes: readonly (readonly [number, number])[];
}

const standing = `
  with waiting as (
    select seq from joinery.inbox where producer = $1 and channel = $2 and position is null
  ), holes as (
    select coalesce(lag(w.seq) over (order by w.seq), s.confirmed_seq) + 1 as low, w.seq - 1 as high
    from waiting w, joinery.consumer_state s where s.producer = $1 and s.channel = $2
  )
  select s.epoch, s.confirmed_seq, (select max(seq) from waiting) as seen_seq,
    (select coalesce(jsonb_agg(jsonb_build_array(low, high) order by low), '[]')
     from (select low, high from holes where low <= high order by low limit $3) first) as holes
  from joinery.consumer_state s where s.producer = $1 and s.channel = $2`;
