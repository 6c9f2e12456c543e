/**
 * The same batches, until the signal aborts: then its reason is thrown instead of the next one,
 * even where everything is in memory already.
 */
export async function* untilAborted<Batch>(
  batches: AsyncIterable<Batch>,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  signal.throwIfAborted();
  for await (const batch of batches) {
    yield batch;
    signal.throwIfAborted();
  }
}
