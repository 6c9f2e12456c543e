import { ConnectorError, type ConnectorWrite, type WriteResult } from "./connector.js";
import { refusalOf } from "./refusal.js";
import { Slots } from "./slots.js";

/** How single writes are performed, and which of them have to wait for each other. */
export interface WriteOrder {
  perform(write: ConnectorWrite): Promise<WriteResult>;
  /** What a write touches; writes that share a key are performed in their order. */
  keysOf(write: ConnectorWrite): readonly string[];
  readonly inFlightMax: number;
}

/**
 * Performs all writes, several at once: each begins when every earlier one that shares a key has
 * ended. Throws what stops everything, once what was begun has ended.
 */
export async function performInOrder(
  writes: readonly ConnectorWrite[], order: WriteOrder,
): Promise<readonly WriteResult[]> {
  const results: WriteResult[] = [];
  const last = new Map<string, Promise<void>>();
  const slots = new Slots(order.inFlightMax);
  let stop: { readonly reason: unknown } | undefined;
  await Promise.all(writes.map((write, at) => {
    const keys = order.keysOf(write);
    const turn = Promise.all(keys.map((key) => last.get(key) ?? Promise.resolve())).then(
      async () => {
        await slots.take();
        try {
          if (stop === undefined) results[at] = await performOne(order, write);
        } catch (error) {
          stop ??= { reason: error };
        } finally {
          slots.give();
        }
      },
    );
    for (const key of keys) last.set(key, turn);
    return turn;
  }));
  if (stop !== undefined) throw (stop as { readonly reason: unknown }).reason;
  return results;
}

/** Throws what stops everything: a ConnectorError of kind stop, the reason of an abort. */
async function performOne(order: WriteOrder, write: ConnectorWrite): Promise<WriteResult> {
  try {
    return await order.perform(write);
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind === "stop") throw error;
    return refusalOf(write, error);
  }
}
