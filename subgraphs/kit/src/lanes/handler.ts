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
  /** Kept messages of a held wave become messages of another, after those it has. */
  adoptWave(tx: TenantTransaction, from: string, into: string): Promise<void>;
  /** A kept manifest is handled again, as after a release. */
  reactivate(tx: TenantTransaction, waveId: string): Promise<void>;
}

/** Handles one kind of event at a consumer. Called at least once per message, in lane order. */
export interface LaneHandler<Payload = never> {
  readonly event: EventContract<Payload>;
  handle(message: LaneMessage<Payload>, lane: LaneContext): Promise<LaneOutcome>;
}

/** Keeps the payload's type while handlers of many events stand in one list. */
export function handlerOf<Payload>(
  event: EventContract<Payload>,
  handle: (message: LaneMessage<Payload>, lane: LaneContext) => Promise<LaneOutcome>,
): LaneHandler {
  return { event, handle } as LaneHandler<never>;
}
