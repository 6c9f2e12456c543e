import type pg from "pg";
import type { Channel } from "../envelope.js";
import { codeOf } from "../errors.js";
import type { EventLog } from "../log.js";
import { definePoints } from "../points.js";
import { publishFault } from "../broker.js";
import { Backoff, Wake } from "../wake.js";
import { outgoingColumns, type OutgoingRow, type Sender } from "./outgoing.js";

const point = definePoints(
  "relay.publish.before",
  "relay.publish.sent",
  "relay.publish.after",
  "relay.mark.before",
  "relay.mark.after",
);

/** Unanswered at most; then reading waits. */
const inFlightBytesMax = 8 * 1024 * 1024;
const readBytesMax = 4 * 1024 * 1024;
const readCountMax = 500;
/** The numbering wakes us; this is only for what nobody foresaw. */
const idleMs = 30_000;

export interface PublisherOptions {
  readonly pool: pg.Pool;
  readonly sender: Sender;
  readonly producer: string;
  readonly channel: Channel;
  readonly log: EventLog;
  /** Resolves when the broker is there and the stream exists; `fault` says what went wrong. */
  readonly ready: (fault?: "full" | "missing" | "passing") => Promise<void>;
}

/**
 * Publishes one channel in the order of its numbers, many messages unanswered at once. After a
 * refusal everything not answered is sent again, as a new attempt, from the lowest number on.
 */
export class ChannelPublisher {
  readonly #options: PublisherOptions;
  readonly #wake = new Wake();
  readonly #drained = new Wake();
  readonly #rested = new Wake();
  readonly #backoff = new Backoff(100, 5_000);
  #running = true;
  /** Highest number handed to the broker since the last start-over. */
  #cursor = 0;
  #inFlightBytes = 0;
  #inFlight = 0;
  #fault: unknown;
  #answered: string[] = [];
  #marking: Promise<void> | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  get channel(): Channel {
    return this.#options.channel;
  }

  wake(): void {
    this.#wake.wake();
  }

  /** The broker failed somebody else, or has come back: the stream is looked at again. */
  fail(fault: unknown): void {
    this.#fault ??= fault;
    this.#wake.wake();
  }

  stop(): void {
    this.#running = false;
    this.#wake.wake();
    this.#drained.wake();
    this.#rested.wake();
  }

  /** Runs until `stop`; what is in flight then is still waited for and marked. */
  async run(): Promise<void> {
    while (this.#running) {
      try {
        await this.#options.ready(
          this.#fault === undefined ? undefined : publishFault(this.#fault),
        );
        this.#fault = undefined;
        if (!this.#running) break;
        await this.#startOver();
        await this.#publishUntilFault();
      } catch (error) {
        this.#fault = error;
      }
      await this.#drain();
      if (this.#running && this.#fault !== undefined) await this.#rest();
    }
  }

  /** Rows handed out before and never answered become a new attempt. */
  async #startOver(): Promise<void> {
    await this.#options.pool.query(
      `update joinery.outbox set attempt = attempt + 1
       where channel = $1 and seq is not null and sent_at is null`,
      [this.#options.channel],
    );
    this.#cursor = 0;
  }

  async #publishUntilFault(): Promise<void> {
    while (this.#running && this.#fault === undefined) {
      const rows = await this.#read();
      if (rows.length === 0) {
        await this.#wake.wait(idleMs);
        continue;
      }
      await point("relay.publish.before");
      for (const row of rows) this.#send(row);
      await point("relay.publish.sent");
      while (this.#running && this.#inFlightBytes > inFlightBytesMax)
        await this.#drained.wait(1_000);
    }
  }

  #send(row: OutgoingRow): void {
    this.#cursor = Math.max(this.#cursor, Number(row.seq));
    this.#inFlightBytes += row.payload.length;
    this.#inFlight += 1;
    this.#options.sender
      .send(row)
      .then(
        () => {
          this.#answered.push(row.seq);
          this.#backoff.reset();
          this.#marking ??= this.#mark();
        },
        (error: unknown) => {
          this.fail(error);
        },
      )
      .finally(() => {
        this.#inFlightBytes -= row.payload.length;
        this.#inFlight -= 1;
        this.#drained.wake();
      });
  }

  /** All answers that came while the last statement ran, in one statement. */
  async #mark(): Promise<void> {
    try {
      await point("relay.publish.after");
      while (this.#answered.length > 0) {
        const seqs = this.#answered;
        this.#answered = [];
        await point("relay.mark.before");
        await this.#options.pool.query({
          name: "joinery-mark",
          text: mark,
          values: [this.#options.channel, seqs],
        });
        await point("relay.mark.after");
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.#marking = undefined;
    }
  }

  async #drain(): Promise<void> {
    while (this.#inFlight > 0) await this.#drained.wait(1_000);
    await this.#marking;
    if (this.#answered.length > 0) await this.#mark();
    this.#answered = [];
  }

  async #rest(): Promise<void> {
    const { producer, channel, log } = this.#options;
    const waitMs = this.#backoff.next();
    log.warn("publishing waits", { producer, channel, code: codeOf(this.#fault), waitMs });
    await this.#rested.wait(waitMs);
  }

  async #read(): Promise<OutgoingRow[]> {
    const { rows } = await this.#options.pool.query<OutgoingRow>({
      name: "joinery-outgoing",
      text: read,
      values: [this.#options.channel, this.#cursor, readCountMax, readBytesMax],
    });
    return rows;
  }
}

const read = `
  select ${outgoingColumns} from (
    select ${outgoingColumns},
           sum(octet_length(payload)) over (order by seq) - octet_length(payload) as before
    from (
      select ${outgoingColumns} from joinery.outbox
      where channel = $1 and seq is not null and sent_at is null and seq > $2
      order by seq limit $3
    ) next
  ) measured where before < $4 order by seq`;

/** Not waited for on disk: a mark that a crash takes back costs one more sending. */
const mark = `
  update joinery.outbox set sent_at = clock_timestamp()
  where channel = $1 and seq = any($2::bigint[]) and sent_at is null
    and (select set_config('synchronous_commit', 'off', true)) is not null`;
