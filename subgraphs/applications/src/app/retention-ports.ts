import type { Tx } from "./ports.js";

/** A run of which nothing more can come, and when that was. */
export interface EndedRun {
  readonly id: string;
  readonly finishedAt: Date;
}

export interface RetentionPort {
  /**
   * Runs that ended before, the oldest first, without those that something still looks at: the
   * newest `newest` of each application, and its last full read.
   */
  endedRuns(
    tx: Tx,
    before: Date,
    newest: number,
    after: EndedRun | null,
    limit: number,
  ): Promise<readonly EndedRun[]>;
  /**
   * Forgets items of these waves, and answers how many. What later plans look at stays: creates
   * that were tried in vain, names that were taken.
   */
  forgetItems(tx: Tx, waveIds: readonly string[], limit: number): Promise<number>;
  /** Forgets a run and its waves, unless items of them stay. True when it is gone. */
  forgetRun(tx: Tx, runId: string, waveIds: readonly string[]): Promise<boolean>;
}
