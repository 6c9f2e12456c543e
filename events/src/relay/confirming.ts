import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import type pg from "pg";
import type { Channel } from "../envelope.js";
import { codeOf, EventError } from "../errors.js";
import type { EventLog } from "../log.js";
import { definePoints } from "../points.js";
import {
  parseConfirmation,
  parseSnapshotRequest,
  type Confirmation,
  type ConfirmationAnswer,
  type SnapshotAnswer,
  type SnapshotRequest,
} from "../protocol.js";
import { confirmationSubject, snapshotSubject } from "../subjects.js";
import { outgoingColumns, type OutgoingRow, type Sender } from "./outgoing.js";

const point = definePoints(
  "relay.confirm.before",
  "relay.confirm.after",
  "relay.resend.before",
  "relay.resend.after",
  "relay.snapshot.before",
  "relay.snapshot.after",
);

/** Sent again for one confirmation at most; the consumer confirms again as it moves on. */
const resendCountMax = 256;
const resendBytesMax = 32 * 1024 * 1024;
/** Confirmations waiting; beyond that they are dropped, for they are said again. */
const queueMax = 200;

export interface ConfirmingOptions {
  readonly pool: pg.Pool;
  readonly nats: NatsConnection;
  readonly sender: Sender;
  readonly producer: string;
  readonly log: EventLog;
  /** An event sent less than this ago is not sent again. */
  readonly resendAfterMs: number;
  /** The broker refused what was sent again. */
  readonly onFault: (channel: Channel, error: unknown) => void;
}

/**
 * The producer's ear: records how far each consumer has stored, and sends again what a consumer
 * lacks, the only way in which a loss in the broker is found. A consumer that is caught up lacks
 * whatever it has not stored; one that is not lacks the holes that it names.
 */
export class ConfirmationListener {
  readonly #options: ConfirmingOptions;
  readonly #subscriptions: Subscription[] = [];
  #queued = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(options: ConfirmingOptions) {
    this.#options = options;
  }

  start(): void {
    const { nats, producer } = this.#options;
    this.#listen(nats, confirmationSubject(producer), async (text) => {
      const confirmation = parseConfirmation(text);
      return confirmation && this.#confirm(confirmation);
    });
    this.#listen(nats, snapshotSubject(producer), async (text) => {
      const request = parseSnapshotRequest(text);
      return request && this.#requestSnapshot(request);
    });
  }

  async stop(): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    await this.#work;
  }

  /** One after the other: two confirmations of one consumer must not overtake each other. */
  #listen(nats: NatsConnection, subject: string, handle: (text: string) => Promise<unknown>): void {
    const answer = async (message: Msg) => {
      try {
        const reply = await handle(message.string());
        if (reply !== undefined) message.respond(JSON.stringify(reply));
      } catch (error) {
        const { producer, log } = this.#options;
        log.warn("a confirmation was not handled", { producer, code: codeOf(error) });
      }
    };
    const subscription = nats.subscribe(subject, {
      callback: (error, message) => {
        if (error !== null || this.#queued >= queueMax) return;
        this.#queued += 1;
        this.#work = this.#work.then(() => answer(message)).finally(() => (this.#queued -= 1));
      },
    });
    this.#subscriptions.push(subscription);
  }

  async #confirm(confirmation: Confirmation): Promise<ConfirmationAnswer> {
    const { pool } = this.#options;
    await point("relay.confirm.before");
    const { rows } = await pool.query<ChannelRow>(record, [
      confirmation.consumer,
      confirmation.channel,
      confirmation.epoch,
      confirmation.confirmedSeq,
      confirmation.caughtUp,
    ]);
    await point("relay.confirm.after");
    const row = rows[0];
    if (row === undefined) throw new EventError("EVENT_UNKNOWN", "a channel has no numbering");
    const numberedSeq = Number(row.next_seq) - 1;
    if (confirmation.epoch === row.epoch && confirmation.confirmedSeq > numberedSeq) {
      this.#reportRewound(confirmation, numberedSeq);
    }
    const resent = await this.#resend(confirmation, row.epoch);
    return { epoch: row.epoch, numberedSeq, droppedSeq: Number(row.dropped_seq), resent };
  }

  /** Numbers that a consumer knows and we do not: this database is older than it once was. */
  #reportRewound(confirmation: Confirmation, numberedSeq: number): void {
    const { producer, log } = this.#options;
    const { consumer, channel, confirmedSeq } = confirmation;
    const fault = new EventError("PRODUCER_REWOUND", "a consumer has stored numbers not given yet");
    log.error("begin a new epoch: this database was set back", fault, {
      producer,
      consumer,
      channel,
      confirmedSeq,
      numberedSeq,
    });
  }

  async #resend(confirmation: Confirmation, epoch: number): Promise<number> {
    const rows = await this.#lacking(confirmation, epoch);
    if (rows.length === 0) return 0;
    const { sender, producer, log } = this.#options;
    await point("relay.resend.before");
    const outcomes = await Promise.allSettled(rows.map((row) => sender.send(row)));
    await point("relay.resend.after");
    const failed = outcomes.filter((outcome) => outcome.status === "rejected");
    const { consumer, channel } = confirmation;
    if (failed[0] !== undefined) this.#options.onFault(channel, failed[0].reason);
    const sent = rows.length - failed.length;
    log.info("events sent again", { producer, consumer, channel, sent, failed: failed.length });
    return sent;
  }

  /** Marks what is to be sent again as a new attempt before it is sent, and reads it. */
  async #lacking(confirmation: Confirmation, epoch: number): Promise<OutgoingRow[]> {
    const known = confirmation.epoch === epoch ? confirmation : { confirmedSeq: 0, seenSeq: 0 };
    const missing = confirmation.epoch === epoch ? confirmation.missing : [];
    if (missing.length === 0 && !confirmation.caughtUp) return [];
    const { rows } = await this.#options.pool.query<OutgoingRow>(lacking, [
      confirmation.channel,
      epoch,
      known.confirmedSeq,
      confirmation.caughtUp ? known.seenSeq : Number.MAX_SAFE_INTEGER,
      missing.map(([from]) => from),
      missing.map(([, to]) => to),
      this.#options.resendAfterMs,
      resendCountMax,
      resendBytesMax,
    ]);
    return rows.sort((a, b) => Number(a.seq) - Number(b.seq));
  }

  async #requestSnapshot(request: SnapshotRequest): Promise<SnapshotAnswer> {
    await point("relay.snapshot.before");
    await this.#options.pool.query(
      `insert into joinery.snapshot_request (consumer, id) values ($1, $2)
       on conflict (consumer) do update set id = excluded.id, requested_at = now(), ended_at = null
         where snapshot_request.id <> excluded.id`,
      [request.consumer, request.id],
    );
    await point("relay.snapshot.after");
    return { accepted: true };
  }
}

interface ChannelRow {
  readonly epoch: number;
  readonly next_seq: string;
  readonly dropped_seq: string;
}

const record = `
  with recorded as (
    insert into joinery.confirmation
      (consumer, channel, epoch, confirmed_seq, caught_up, reported_at)
    values ($1, $2, $3, $4, $5, clock_timestamp())
    on conflict (consumer, channel) do update
    set epoch = excluded.epoch, confirmed_seq = excluded.confirmed_seq,
        caught_up = excluded.caught_up, reported_at = excluded.reported_at
  )
  select epoch, next_seq, dropped_seq from joinery.outbox_channel where channel = $2`;

const lacking = `
  with lacking as materialized (
    select created_at, id from (
      select created_at, id, seq,
             sum(octet_length(payload)) over (order by seq) - octet_length(payload) as before
      from (
        select created_at, id, seq, payload from joinery.outbox
        where channel = $1 and epoch = $2 and seq > $3
          and sent_at < clock_timestamp() - $7 * interval '1 millisecond'
          and (seq > $4 or exists (
            select from unnest($5::bigint[], $6::bigint[]) as hole(low, high)
            where seq between hole.low and hole.high))
        order by seq limit $8
      ) next
    ) measured where before < $9
  )
  update joinery.outbox o set attempt = o.attempt + 1, sent_at = clock_timestamp()
  from lacking l where o.created_at = l.created_at and o.id = l.id
  returning ${outgoingColumns
    .split(", ")
    .map((column) => `o.${column}`)
    .join(", ")}`;
