import { Buffer } from "node:buffer";
import type { Envelope } from "./envelope.js";
import { EventError } from "./errors.js";
import type { SealedEvent } from "./sealing.js";

/** An event on its way: where it stands in its channel, and itself. */
export interface Message extends SealedEvent {
  /** Grows when a producer starts counting anew, so that its numbers are not taken for old ones. */
  readonly epoch: number;
  /** Dense from 1 within producer, channel and epoch. */
  readonly seq: number;
}

const wireVersion = 1;
const headLengthMax = 64 * 1024;

/** `version u8 · head length u32 · head (JSON: epoch, seq, envelope) · sealed payload`. */
export function encodeMessage(message: Message): Uint8Array {
  const { epoch, seq, envelope } = message;
  const head = Buffer.from(JSON.stringify({ epoch, seq, envelope }));
  if (head.length > headLengthMax) {
    throw new EventError("EVENT_TOO_LARGE", "an envelope is larger than 64 KiB", {
      name: envelope.name,
      bytes: head.length,
    });
  }
  const bytes = Buffer.allocUnsafe(5 + head.length + message.sealed.length);
  bytes[0] = wireVersion;
  bytes.writeUInt32BE(head.length, 1);
  head.copy(bytes, 5);
  bytes.set(message.sealed, 5 + head.length);
  return bytes;
}

/** Throws EVENT_UNREADABLE; the sealed part shares its memory with `data`. */
export function decodeMessage(data: Uint8Array): Message {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const headLength = bytes.length < 5 ? -1 : bytes.readUInt32BE(1);
  if (bytes[0] !== wireVersion || headLength < 0 || 5 + headLength > bytes.length) {
    throw new EventError("EVENT_UNREADABLE", "a message has an unknown form");
  }
  try {
    const head = JSON.parse(bytes.toString("utf8", 5, 5 + headLength)) as Head;
    if (!isHead(head)) throw new EventError("EVENT_UNREADABLE", "a message has a malformed head");
    return { ...head, sealed: bytes.subarray(5 + headLength) };
  } catch (error) {
    if (error instanceof EventError) throw error;
    throw new EventError("EVENT_UNREADABLE", "a message has a damaged head", {}, { cause: error });
  }
}

interface Head {
  readonly epoch: number;
  readonly seq: number;
  readonly envelope: Envelope;
}

function isHead(head: Partial<Head> | null): head is Head {
  const envelope = head?.envelope;
  return (
    Number.isSafeInteger(head?.epoch) &&
    Number.isSafeInteger(head?.seq) &&
    typeof envelope?.id === "string" &&
    typeof envelope.name === "string" &&
    typeof envelope.tenant === "string"
  );
}
