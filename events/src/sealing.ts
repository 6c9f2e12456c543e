import { randomUUID } from "node:crypto";
import type { EventContract } from "./contract.js";
import { aadOf, type Actor, type Channel, type Envelope, type WavePlace } from "./envelope.js";
import { EventError } from "./errors.js";
import { packPayload, sealedBytesMax, unpackPayload } from "./payload.js";
import { subjectOf } from "./subjects.js";
import { currentTraceparent } from "./tracing.js";

/** Seals under the organisation's event key; `aad` binds the bytes to their envelope. */
export interface Sealer {
  seal(tenant: string, plain: Uint8Array, aad: Uint8Array): Promise<Uint8Array>;
  open(tenant: string, sealed: Uint8Array, aad: Uint8Array): Promise<Uint8Array>;
}

/** What a use-case says; the rest of the envelope is filled in. */
export interface OutgoingEvent<Payload = unknown> {
  readonly event: EventContract<Payload>;
  readonly tenant: string;
  readonly payload: Payload;
  readonly actor: Actor;
  /** Id of the run or of the request. */
  readonly correlation: string;
  /** One of the contract's channels; its first when left out. */
  readonly channel?: Channel;
  readonly cause?: string;
  readonly wave?: WavePlace;
  /** UUID; random when left out. */
  readonly id?: string;
  readonly occurredAt?: Date;
}

export interface SealedEvent {
  readonly envelope: Envelope;
  readonly sealed: Uint8Array;
}

/**
 * Validates, compresses and seals, all before the transaction. Throws EVENT_INVALID when a payload
 * does not fit its contract or the channel is not one of the contract's, EVENT_TOO_LARGE beyond
 * 512 KiB sealed (then nothing was sealed or kept: split with `splitBatches`).
 */
export async function sealEvents(
  sealer: Sealer,
  events: readonly OutgoingEvent[],
): Promise<SealedEvent[]> {
  return Promise.all(events.map((event) => sealEvent(sealer, event)));
}

async function sealEvent(sealer: Sealer, outgoing: OutgoingEvent): Promise<SealedEvent> {
  const envelope = envelopeOf(outgoing);
  outgoing.event.parse(outgoing.payload);
  const packed = await packPayload(outgoing.payload);
  if (packed.length > sealedBytesMax) throw tooLarge(envelope, packed.length);
  const sealed = await sealer.seal(envelope.tenant, packed, aadOf(envelope));
  if (sealed.length > sealedBytesMax) throw tooLarge(envelope, sealed.length);
  return { envelope, sealed };
}

/** Seals another payload under an envelope that exists: a part of what the event told. */
export async function resealEvent(
  sealer: Sealer,
  envelope: Envelope,
  payload: unknown,
): Promise<Uint8Array> {
  return sealer.seal(envelope.tenant, await packPayload(payload), aadOf(envelope));
}

/** Opens and validates. Throws what the sealer throws, EVENT_UNREADABLE or EVENT_INVALID. */
export async function openEvent<Payload>(
  sealer: Sealer,
  contract: EventContract<Payload>,
  event: SealedEvent,
): Promise<Payload> {
  const { envelope, sealed } = event;
  const packed = await sealer.open(envelope.tenant, sealed, aadOf(envelope));
  return contract.parse(await unpackPayload(packed));
}

function envelopeOf(outgoing: OutgoingEvent): Envelope {
  const { event, cause, wave } = outgoing;
  const channel = outgoing.channel ?? event.channels[0];
  if (!event.channels.includes(channel)) {
    throw new EventError("EVENT_INVALID", "an event does not travel in this channel", {
      name: event.name,
      channel,
    });
  }
  const traceparent = currentTraceparent();
  const envelope: Envelope = {
    id: outgoing.id ?? randomUUID(),
    name: event.name,
    version: event.version,
    tenant: outgoing.tenant,
    channel,
    occurredAt: (outgoing.occurredAt ?? new Date()).toISOString(),
    actor: outgoing.actor,
    correlation: outgoing.correlation,
    ...(cause === undefined ? {} : { cause }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(wave === undefined ? {} : { wave }),
  };
  subjectOf(envelope);
  return envelope;
}

function tooLarge(envelope: Envelope, bytes: number): EventError {
  return new EventError("EVENT_TOO_LARGE", "an event is larger than 512 KiB sealed", {
    name: envelope.name,
    bytes,
  });
}
