import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type ConsumerInfo,
  type JetStreamManager,
  type StreamInfo,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import type { Channel } from "./envelope.js";
import { streamOf, streamSubjects } from "./subjects.js";

/** Bounds of one stream. When it is full, publishing waits; nothing is lost by that. */
export interface StreamLimits {
  readonly bytesMax: number;
  readonly ageMaxMs: number;
  readonly replicas: number;
}

export const defaultLimits: Readonly<Record<Channel, StreamLimits>> = {
  batch: { bytesMax: 512 * 1024 * 1024, ageMaxMs: 24 * 3_600_000, replicas: 1 },
  pulse: { bytesMax: 64 * 1024 * 1024, ageMaxMs: 24 * 3_600_000, replicas: 1 },
};

/** Unacknowledged messages that the broker hands out at most; bounds the consumer's memory. */
export const ackPendingMax: Readonly<Record<Channel, number>> = { batch: 128, pulse: 1_024 };
/** Storing takes milliseconds; what a dead consumer had in hand should not wait for long. */
export const defaultAckWaitMs = 10_000;

/** Makes the stream where it is missing and brings its limits up to date. */
export async function ensureStream(
  jsm: JetStreamManager,
  producer: string,
  channel: Channel,
  limits: StreamLimits,
): Promise<void> {
  const name = streamOf(producer, channel);
  const wanted = {
    subjects: [streamSubjects(producer, channel)],
    max_bytes: limits.bytesMax,
    max_age: nanos(limits.ageMaxMs),
    num_replicas: limits.replicas,
  };
  const known = await findStream(jsm, name);
  if (known === undefined) {
    await jsm.streams.add({
      ...wanted,
      name,
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.New,
    });
    return;
  }
  const { max_bytes, max_age, num_replicas } = known.config;
  if (
    max_bytes !== wanted.max_bytes ||
    max_age !== wanted.max_age ||
    num_replicas !== wanted.num_replicas
  ) {
    await jsm.streams.update(name, { ...known.config, ...wanted });
  }
}

/**
 * Makes the durable consumer where it is missing. One that stands beyond the end of its stream has
 * outlived it (the stream was made anew) and would wait for ever: it is made anew too. Answers
 * undefined while the producer has not made the stream.
 */
export async function ensureConsumer(
  jsm: JetStreamManager,
  producer: string,
  channel: Channel,
  consumer: string,
  ackWaitMs = defaultAckWaitMs,
): Promise<ConsumerInfo | undefined> {
  const stream = streamOf(producer, channel);
  const streamInfo = await findStream(jsm, stream);
  if (streamInfo === undefined) return undefined;
  const known = await findConsumer(jsm, stream, consumer);
  const limits = { ack_wait: nanos(ackWaitMs), max_ack_pending: ackPendingMax[channel] };
  if (known !== undefined) {
    if (known.delivered.stream_seq <= streamInfo.state.last_seq) {
      const { ack_wait, max_ack_pending } = known.config;
      const same = ack_wait === limits.ack_wait && max_ack_pending === limits.max_ack_pending;
      return same ? known : jsm.consumers.update(stream, consumer, limits);
    }
    await jsm.consumers.delete(stream, consumer);
  }
  return jsm.consumers.add(stream, {
    ...limits,
    durable_name: consumer,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    max_deliver: -1,
  });
}

export async function findStream(
  jsm: JetStreamManager,
  name: string,
): Promise<StreamInfo | undefined> {
  return orUndefined(jsm.streams.info(name), JetStreamApiCodes.StreamNotFound);
}

export async function findConsumer(
  jsm: JetStreamManager,
  stream: string,
  name: string,
): Promise<ConsumerInfo | undefined> {
  return orUndefined(
    jsm.consumers.info(stream, name),
    JetStreamApiCodes.ConsumerNotFound,
    JetStreamApiCodes.StreamNotFound,
  );
}

async function orUndefined<T>(answer: Promise<T>, ...codes: readonly number[]) {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof JetStreamApiError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

/** What a refused publish means: the stream is full, missing, or something passing. */
export function publishFault(error: unknown): "full" | "missing" | "passing" {
  // Nobody answers the subject; its class is not exported.
  if (error instanceof Error && error.name === "JetStreamNotEnabled") return "missing";
  if (error instanceof JetStreamApiError) {
    const text = error.message;
    if (/maximum (bytes|messages)|insufficient|resource limits/i.test(text)) return "full";
  }
  return "passing";
}
