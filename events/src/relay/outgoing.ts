import { jetstream, type JetStreamClient } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Envelope } from "../envelope.js";
import { subjectOf } from "../subjects.js";
import { encodeMessage } from "../wire.js";

/** A numbered row of the outbox. */
export interface OutgoingRow {
  readonly seq: string;
  readonly epoch: number;
  readonly attempt: number;
  readonly envelope: Envelope;
  readonly payload: Buffer;
}

/** The columns of an `OutgoingRow`. */
export const outgoingColumns = "seq, epoch, attempt, envelope, payload";

const answerWithinMs = 5_000;

/**
 * Hands numbered rows to the broker. The message id carries the attempt: the broker answers
 * "duplicate" and stores nothing for an id that it has seen within its window, even when the
 * message has since been purged or lost, so a second sending must be a new attempt.
 */
export class Sender {
  readonly #js: JetStreamClient;

  constructor(nats: NatsConnection) {
    this.#js = jetstream(nats, { timeout: answerWithinMs });
  }

  /** Resolves when the broker has stored the message; rejects as JetStream does. */
  async send(row: OutgoingRow): Promise<void> {
    const message = {
      epoch: row.epoch,
      seq: Number(row.seq),
      envelope: row.envelope,
      sealed: row.payload,
    };
    await this.#js.publish(subjectOf(row.envelope), encodeMessage(message), {
      msgID: `${row.envelope.id}.${row.attempt}`,
    });
  }
}
