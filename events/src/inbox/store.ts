import { Buffer } from "node:buffer";
import type pg from "pg";
import { borrow } from "../borrow.js";
import type { Channel } from "../envelope.js";
import { definePoints } from "../points.js";
import { snapshotEndName } from "../subjects.js";
import type { Message } from "../wire.js";

const point = definePoints("inbox.commit.before", "inbox.commit.after");

/** Told to the lanes' workers: work has become ready. */
export const inboxWake = "joinery_inbox";

/** Where a producer's channel stands after a transaction. */
export interface Stored {
  readonly epoch: number;
  readonly confirmedSeq: number;
  /** Stored beyond the first hole. */
  readonly waiting: number;
  /** Some lane has become ready. */
  readonly woken: boolean;
}

export interface Source {
  readonly producer: string;
  readonly channel: Channel;
  readonly names?: ReadonlySet<string> | undefined;
  readonly carried?: ReadonlySet<string> | undefined;
}

/** Stores messages of one epoch and moves the confirmed prefix, in one transaction. Idempotent. */
export async function storeMessages(
  pool: pg.Pool,
  source: Source,
  messages: readonly Message[],
): Promise<Stored> {
  const unique = [...new Map(messages.map((message) => [message.seq, message])).values()];
  let at = 0;
  const rows = unique.map((message) => {
    const state = stateOf(source, message);
    const size = state === "ready" || state === "kept" ? message.sealed.length : 0;
    const row = rowOf(message, state, at, size);
    at += size;
    return { row, size, sealed: message.sealed };
  });
  const payloads = Buffer.concat(rows.filter(({ size }) => size > 0).map(({ sealed }) => sealed));
  const epoch = unique[0]?.epoch ?? 0;
  return receive(
    pool,
    source,
    epoch,
    rows.map(({ row }) => row),
    payloads,
    0,
  );
}

/** A snapshot tells everything up to `baseline`, so the prefix need not wait for it. */
export async function moveBaseline(
  pool: pg.Pool,
  source: Source,
  epoch: number,
  baseline: number,
): Promise<Stored> {
  return receive(pool, source, epoch, [], Buffer.alloc(0), baseline);
}

async function receive(
  pool: pg.Pool,
  source: Source,
  epoch: number,
  rows: readonly object[],
  payloads: Buffer,
  baseline: number,
): Promise<Stored> {
  return borrow(pool, async (client, clean) => {
    await client.query("begin");
    const answer = await client.query<ReceivedRow>({
      name: "joinery-receive",
      text: "select * from joinery.receive($1, $2, $3, $4, $5, $6)",
      values: [source.producer, source.channel, epoch, JSON.stringify(rows), payloads, baseline],
    });
    await point("inbox.commit.before");
    await client.query("commit");
    clean();
    await point("inbox.commit.after");
    return toStored(answer.rows[0]);
  });
}

interface ReceivedRow {
  readonly epoch: number;
  readonly confirmed_seq: string;
  readonly waiting: string;
  readonly woken: boolean;
}

function toStored(row: ReceivedRow | undefined): Stored {
  return {
    epoch: row?.epoch ?? 0,
    confirmedSeq: Number(row?.confirmed_seq ?? 0),
    waiting: Number(row?.waiting ?? 0),
    woken: row?.woken ?? false,
  };
}

type InboxState = "ready" | "kept" | "skipped" | "control";

/**
 * Batches of a wave are kept for their manifest where a handler carries them, else they are handled
 * one by one; names nobody here handles are only counted.
 */
function stateOf(source: Source, { envelope }: Message): InboxState {
  if (envelope.name === snapshotEndName(source.producer)) return "control";
  if (source.names !== undefined && !source.names.has(envelope.name)) return "skipped";
  if (envelope.wave === undefined || envelope.wave.manifest === true) return "ready";
  return source.carried === undefined || source.carried.has(envelope.name) ? "kept" : "ready";
}

function rowOf(message: Message, state: InboxState, at: number, size: number): object {
  const { envelope, seq } = message;
  return {
    seq,
    tenant: envelope.tenant,
    event_id: envelope.id,
    name: envelope.name,
    version: envelope.version,
    wave_id: envelope.wave?.id ?? null,
    wave_batch: envelope.wave?.batch ?? null,
    manifest: envelope.wave?.manifest === true,
    envelope,
    at,
    size,
    state,
  };
}
