import type { Envelope, EventContract } from "@joinery/events";
import type { TenantTransaction } from "../database/door.js";

export interface LaneMessage<Payload = unknown> {
  readonly envelope: Envelope;
  readonly payload: Payload;
}

/**
 * `done`: handled; `more`: called again soon, other lanes first; `keep`: stays in the inbox and the
 * lane goes on, until `reactivate`.
 */
export type LaneOutcome = "done" | "more" | "keep";

/** One object of a batch that could not be handled, set aside so that the others need not wait. */
export interface ParkedObject {
  /** What it is about, in the words of the event: a newer state under the same key replaces it. */
  readonly object: string;
  /** Stable code of the error. */
  readonly code: string;
  /** A payload of the same contract with this object alone; handled when it is tried again. */
  readonly payload: unknown;
}

/** What a handler may do while it holds its lane. */
export interface LaneContext {
  readonly tenant: string;
  /**
   * Runs an effect in one transaction of the tenant. The lane's fence is checked before the commit;
   * with `handled` the message is marked handled in the same transaction. Throws LANE_LOST when
   * another worker has the lane: nothing was written.
   */
  commit<T>(
    work: (tx: TenantTransaction) => Promise<T>,
    options?: { readonly handled?: boolean },
  ): Promise<T>;
  /** Kept messages of a wave in batch order, opened; `from` skips those before that batch. */
  waveMessages(waveId: string, from?: number): AsyncIterable<LaneMessage>;
  /** How many messages of the wave are in the inbox, the manifest aside. */
  waveCount(waveId: string): Promise<number>;
  /** Removes a wave's messages from the inbox, its manifest too. */
  finishWave(tx: TenantTransaction, waveId: string): Promise<void>;
  /**
   * Kept messages of a held wave become messages of another, after those it has. The held manifest
   * is removed: its wave has nothing left to say.
   */
  adoptWave(tx: TenantTransaction, from: string, into: string): Promise<void>;
  /** A kept manifest is handled again, as after a release. */
  reactivate(tx: TenantTransaction, waveId: string): Promise<void>;
  /** Sets objects of this message aside with their reasons; find them with `halve`. */
  park(tx: TenantTransaction, objects: readonly ParkedObject[]): Promise<void>;
  /** Newer states of these objects are here: whatever is parked of them is void. One statement. */
  replaceParked(tx: TenantTransaction, objects: readonly string[]): Promise<void>;
}

/** Handles one kind of event at a consumer. Called at least once per message, in lane order. */
export interface LaneHandler {
  readonly event: EventContract;
  /** Events that are not handled but kept as messages of the waves that this one closes. */
  readonly carries?: readonly EventContract[];
  /** The payload has the event's type; `handlerOf` ties the two together. */
  handle(message: LaneMessage<never>, lane: LaneContext): Promise<LaneOutcome>;
}

/** Keeps the payload's type while handlers of many events stand in one list. */
export function handlerOf<Payload>(
  event: EventContract<Payload>,
  handle: (message: LaneMessage<Payload>, lane: LaneContext) => Promise<LaneOutcome>,
  carries?: readonly EventContract[],
): LaneHandler {
  return carries === undefined ? { event, handle } : { event, handle, carries };
}

/** Names of the events that these handlers need in the inbox: what a `Consumer` is to keep. */
export function eventNamesOf(handlers: readonly LaneHandler[]): readonly string[] {
  const events = handlers.flatMap(({ event, carries }) => [event, ...(carries ?? [])]);
  return [...new Set(events.map(({ name }) => name))];
}
