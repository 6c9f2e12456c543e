import type { Channel } from "./envelope.js";

/*
 * What consumers and producers tell each other outside the streams, as JSON by plain request and
 * answer. Losing any of it is harmless: it is said again.
 */

/** A consumer tells how far it has stored a producer's channel. */
export interface Confirmation {
  readonly consumer: string;
  readonly channel: Channel;
  /** 0 from a consumer that has never stored anything. */
  readonly epoch: number;
  /** End of the contiguous prefix. */
  readonly confirmedSeq: number;
  /** Nothing is pending for it in the broker. */
  readonly caughtUp: boolean;
  /** Holes, from and to inclusive, that have been open for a while; a prefix of all there are. */
  readonly missing: readonly (readonly [number, number])[];
  /** Highest number stored, behind holes too. */
  readonly seenSeq: number;
}

export interface ConfirmationAnswer {
  readonly epoch: number;
  /** Numbers given so far. */
  readonly numberedSeq: number;
  /** Retention has dropped everything up to here: only a snapshot can tell it. */
  readonly droppedSeq: number;
  /** How many events were sent again because of this confirmation. */
  readonly resent: number;
}

export interface SnapshotRequest {
  readonly consumer: string;
  /** UUID; the end mark carries it as its correlation. */
  readonly id: string;
}

export interface SnapshotAnswer {
  readonly accepted: boolean;
}

export const missingRangesMax = 64;

/**
 * Undefined for anything that is not a confirmation; what a stranger sends is not an error of ours.
 */
export function parseConfirmation(text: string): Confirmation | undefined {
  const value = parseObject(text) as Partial<Confirmation> | undefined;
  const sound =
    typeof value?.consumer === "string" &&
    (value.channel === "batch" || value.channel === "pulse") &&
    isCount(value.epoch) &&
    isCount(value.confirmedSeq) &&
    isCount(value.seenSeq) &&
    typeof value.caughtUp === "boolean" &&
    Array.isArray(value.missing) &&
    value.missing.length <= missingRangesMax &&
    value.missing.every((range) => Array.isArray(range) && range.every(isCount));
  return sound ? (value as Confirmation) : undefined;
}

export function parseSnapshotRequest(text: string): SnapshotRequest | undefined {
  const value = parseObject(text) as Partial<SnapshotRequest> | undefined;
  const sound = typeof value?.consumer === "string" && uuid.test(value.id ?? "");
  return sound ? (value as SnapshotRequest) : undefined;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function parseObject(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
