import type { ConnectorWrite } from "./connector.js";

/** Throws RangeError for more writes than a connector takes in one call. */
export function requireBatch(writes: readonly ConnectorWrite[], batchMax: number): void {
  if (writes.length > batchMax) {
    throw new RangeError(`a batch has at most ${batchMax} writes`);
  }
}
