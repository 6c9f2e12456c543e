import type { Tx } from "./ports.js";

export interface AccountPort {
  /** Accounts that are present, and those of them that belong to an identity. */
  population(
    tx: Tx,
    applicationId: string,
  ): Promise<{ readonly present: number; readonly joined: number }>;
  /** Of those that are known. */
  revisions(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
}
