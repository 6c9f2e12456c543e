import { requireBatch } from "./batch-limit.js";
import type { ConnectorWrite, Writes, WriteResult } from "./connector.js";

/** Takes batches of writes one after the other, none larger than it may be. */
export class WriteQueue {
  private readonly batchMax: number;
  private readonly perform: Writes["write"];
  private last: Promise<unknown> = Promise.resolve();

  constructor(batchMax: number, perform: Writes["write"]) {
    this.batchMax = batchMax;
    this.perform = perform;
  }

  /** Performs the batch once those before it have ended. Throws RangeError for too large a one. */
  add(
    writes: readonly ConnectorWrite[], signal: AbortSignal,
  ): Promise<readonly WriteResult[]> {
    requireBatch(writes, this.batchMax);
    const { perform } = this;
    const turn = this.last.then(() => perform(writes, signal));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** Once every batch that was added has ended. */
  async ended(): Promise<void> {
    await this.last;
  }
}
