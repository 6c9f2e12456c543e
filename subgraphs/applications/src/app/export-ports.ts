import type { Corrections } from "../domain/contradiction.js";
import type { QueuedItem } from "../domain/export-write.js";
import type { Tx } from "./ports.js";

/** An export wave that the guard let through. */
export interface OpenWave {
  readonly id: string;
  readonly runId: string;
}

/** An account as a write left it. `attributes` is JSON text, `hash` hex of its content. */
export interface WrittenAccount {
  readonly id: string;
  /** It was this before; another one means that it moved meanwhile. */
  readonly revision: number;
  readonly anchor: string;
  readonly name: string;
  readonly nameKey: string;
  readonly attributes: string;
  readonly enabled: boolean | null;
  readonly hash: string;
  readonly corrections: Corrections | null;
}

export interface Retry {
  readonly id: string;
  readonly code: string;
  readonly reason: string;
  readonly inMs: number;
}

export interface Refused {
  readonly id: string;
  readonly code: string;
  readonly reason: string;
}

/** Members of one group that a write added and removed, as the system writes them. */
export interface WrittenMembers {
  readonly itemId: string;
  /** The group's account. */
  readonly group: string;
  readonly applicationId: string;
  readonly added: readonly { member: string; memberKey: string; memberAccount: string | null }[];
  readonly removed: readonly string[];
}

export interface ExportPort {
  /** Discards whatever is planned or queued for an application. */
  discardOpen(tx: Tx, applicationId: string, code: string): Promise<void>;
  /** Discards what a wave holds that has not left. */
  discardWave(tx: Tx, waveId: string, code: string): Promise<void>;
  unpause(tx: Tx, applicationId: string): Promise<void>;
  /**
   * Nothing leaves for a while; each pause in a row is longer. Answers how long, in milliseconds.
   */
  pause(
    tx: Tx,
    applicationId: string,
    why: { readonly code: string; readonly reason: string },
    msOf: (pauses: number) => number,
  ): Promise<number>;
  /** How long the application is paused for still, in milliseconds. */
  pausedMs(tx: Tx, applicationId: string): Promise<number>;
  /** Released export waves of the application, oldest first. */
  openWaves(tx: Tx, applicationId: string): Promise<readonly OpenWave[]>;
  /** Open items of a wave that may leave now, in order; at most one of an account. */
  take(tx: Tx, waveId: string, limit: number): Promise<QueuedItem[]>;
  /** Notes which creates leave: until their answers are settled the system may have them. */
  noteInFlight(tx: Tx, applicationId: string, itemIds: readonly string[]): Promise<void>;
  /** Ids of the creates that left and whose answers are not settled. */
  inFlight(tx: Tx, applicationId: string): Promise<readonly string[]>;
  /** Creates whose answers were never settled count as tried: the system may have them. */
  recoverInFlight(tx: Tx, applicationId: string): Promise<void>;
  /** What each account is written as in its system; those that are not there are left out. */
  names(
    tx: Tx,
    accountIds: readonly string[],
    by: "name" | "anchor",
  ): Promise<ReadonlyMap<string, string>>;
  /** Who has an anchor already, by kind and anchor. */
  holders(
    tx: Tx,
    applicationId: string,
    objects: readonly { readonly kind: string; readonly anchor: string }[],
  ): Promise<ReadonlyMap<string, string>>;
  /** How many were as they had been; fewer than given: nothing may be committed. */
  saveWritten(tx: Tx, accounts: readonly WrittenAccount[]): Promise<number>;
  saveGone(
    tx: Tx,
    accounts: readonly { readonly id: string; readonly revision: number }[],
  ): Promise<number>;
  /** Keeps who is in groups now, before their items are marked as done. */
  saveMembers(tx: Tx, waveId: string, written: readonly WrittenMembers[]): Promise<void>;
  /** Planned accounts that will not be made: the system said so. */
  withdrawPlanned(tx: Tx, accountIds: readonly string[]): Promise<void>;
  /** These identities are due again. */
  planAgain(tx: Tx, identityIds: readonly string[]): Promise<void>;
  markDone(tx: Tx, waveId: string, itemIds: readonly string[]): Promise<void>;
  markFailed(tx: Tx, waveId: string, items: readonly Refused[]): Promise<void>;
  markRetry(tx: Tx, waveId: string, items: readonly Retry[]): Promise<void>;
  /** The items are void, and their identities are planned again. */
  markStale(tx: Tx, waveId: string, items: readonly Refused[]): Promise<void>;
  /** Items whose referenced accounts are all there are open now. Answers how many. */
  openWaiting(tx: Tx, waveId: string): Promise<number>;
  /**
   * Items that wait for accounts which this wave will not make: planned again. Answers how many.
   */
  giveUpWaiting(tx: Tx, waveId: string): Promise<number>;
  /** How many items of the wave are left, and when the next of them may be tried. */
  left(
    tx: Tx,
    waveId: string,
  ): Promise<{
    readonly open: number;
    readonly waiting: number;
    readonly proposed: number;
    readonly nextInMs: number | null;
  }>;
  noteFirstExport(tx: Tx, applicationId: string): Promise<void>;
  noteFirstLiveRun(tx: Tx, applicationId: string): Promise<void>;
}
