import type { PushLine } from "./push-line.js";

/** What one call takes: the server's bounds, with a margin for bytes (it takes 2 MiB of body). */
export const batchLimits = { objects: 1_000, members: 10_000, bytes: 1_048_576 } as const;

/** Batches of at most `objects` each; one object alone may be larger, and is the server's. */
export async function* batchesOf(
  lines: AsyncIterable<PushLine>,
  objects: number,
): AsyncGenerator<readonly PushLine[]> {
  let batch: PushLine[] = [];
  let members = 0;
  let bytes = 0;
  for await (const each of lines) {
    const { account } = each;
    const moreBytes = Buffer.byteLength(JSON.stringify(account)) + 1;
    const moreMembers = (account.members?.length ?? 0) + (account.addMembers?.length ?? 0)
      + (account.removeMembers?.length ?? 0);
    const isFull = batch.length === objects || members + moreMembers > batchLimits.members
      || bytes + moreBytes > batchLimits.bytes;
    if (isFull && batch.length > 0) {
      yield batch;
      [batch, members, bytes] = [[], 0, 0];
    }
    batch.push(each);
    members += moreMembers;
    bytes += moreBytes;
  }
  if (batch.length > 0) yield batch;
}
