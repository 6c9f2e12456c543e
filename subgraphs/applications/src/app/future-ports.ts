import type { FutureTask } from "../domain/future-task.js";
import type { Position, Tx } from "./ports.js";

export interface FutureFilter {
  readonly applicationId?: string;
  /** Those that a person cancelled, instead of those that will be. */
  readonly cancelled: boolean;
}

export interface FuturePort {
  /** By when they are due and by id. */
  page(
    tx: Tx,
    filter: FutureFilter,
    limit: number,
    after: Position | null,
  ): Promise<readonly FutureTask[]>;
  /** Of one account, locked; null where nothing of it is to come. */
  lock(tx: Tx, accountId: string): Promise<FutureTask | null>;
  /** Moves it, or cancels it with null. Whose it is becomes due for outbound. */
  change(tx: Tx, task: FutureTask, dueAt: Date | null): Promise<void>;
}
