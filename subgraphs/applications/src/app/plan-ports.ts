import type { Breach } from "../domain/run.js";
import type { ItemView, PatternView } from "../domain/views.js";
import type { Tx } from "./ports.js";

/** Items that are named by hash at once. */
export const hashesMax = 1_000;

/**
 * Proposed items of the sealed waves of an application: all of them, of a pattern, or those with
 * these hashes.
 */
export interface Selection {
  readonly applicationId: string;
  readonly pattern?: Buffer;
  readonly hashes?: readonly Buffer[];
}

/** Items of one wave that were decided about alike. */
export interface DecidedItems {
  readonly waveId: string;
  readonly runId: string;
  /** `proposed` where another person has to approve them too. */
  readonly state: "proposed" | "open" | "waiting" | "discarded";
  readonly items: number;
  /** By class of the guard; memberships one by one. */
  readonly classes: Readonly<Record<string, number>>;
}

/** What patterns are counted over: a run's plan, or what of an application waits for approval. */
export type PlanScope =
  { readonly runId: string } | Omit<Selection, "hashes">;

export interface PlanPort {
  /**
   * Locks the sealed waves of an application, before any item of them. An export that finds nothing
   * to send holds its wave: so one of the two sees what the other did.
   */
  lockWaves(tx: Tx, applicationId: string): Promise<void>;
  /** Held waves, locked, of an application of which nothing is left, with their runs. */
  emptied(
    tx: Tx,
    applicationId: string,
  ): Promise<readonly { readonly id: string; readonly runId: string }[]>;
  /**
   * Hashes of what is selected, 32 bytes each, in order of planning after an item. With `lock` none
   * of them changes until the transaction ends; others may still come.
   */
  hashes(
    tx: Tx,
    selection: Selection,
    page: { readonly after: string; readonly limit: number; readonly lock: boolean },
  ): Promise<{ readonly packed: Buffer; readonly last: string | null }>;
  /** How many of what is selected this person has not approved yet. */
  unapproved(tx: Tx, selection: Selection, actorId: string): Promise<number>;
  /**
   * Has items of a wave that is being sealed wait for approval, or leave without, whatever was
   * thought as they were planned.
   */
  align(tx: Tx, waveId: string, signOff: boolean): Promise<void>;
  /** How many wait, and since when the oldest of them does. */
  count(
    tx: Tx,
    applicationId: string,
  ): Promise<{ readonly items: number; readonly since: Date | null }>;
  /** What the guard would have held waves for that wait for approval, the worst of each class. */
  breaches(tx: Tx, applicationId: string): Promise<readonly Breach[]>;
  /**
   * Enters one more approval of what is selected and has none by this person; what then has as many
   * as are needed may leave.
   */
  approve(
    tx: Tx,
    selection: Selection,
    by: { readonly actorId: string; readonly needed: number },
  ): Promise<readonly DecidedItems[]>;
  /** Gives up what is selected; whose accounts they are is due again. */
  giveUp(tx: Tx, selection: Selection, code: string): Promise<readonly DecidedItems[]>;
  /** Gives up what has waited since before; answers how many. */
  expire(tx: Tx, applicationId: string, before: Date): Promise<number>;
  /** The most frequent first. */
  patterns(tx: Tx, scope: PlanScope, limit: number): Promise<readonly PatternView[]>;
  /** In order of planning, by keyset; one more than `first` where others follow. */
  page(
    tx: Tx,
    selection: Selection,
    filter: { readonly operation?: string; readonly class?: string; readonly attribute?: string },
    first: number,
    after: string | null,
  ): Promise<ItemView[]>;
}
