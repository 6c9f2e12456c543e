import type { Buckets } from "@joinery/events";
import type { TenantTransaction } from "../database/door.js";
import { JoineryError } from "../errors.js";
import type { Log } from "../log.js";
import { differingBuckets } from "./buckets.js";

/** One kind of objects as its owner counted them, and as our copy has them. */
export interface Compared {
  readonly kind: string;
  readonly told: Buckets;
  readonly own: Buckets;
}

/**
 * Holds a copy against what its owner counted. Where they differ, that is logged as REPLICA_DIFFERS
 * and the owner is asked for everything, in this transaction. Answers whether they are the same.
 */
export async function compareReplica(
  tx: TenantTransaction,
  log: Log,
  producer: string,
  compared: readonly Compared[],
): Promise<boolean> {
  const differing = compared
    .map(({ kind, told, own }) => ({ kind, buckets: differingBuckets(told, own).length }))
    .filter(({ buckets }) => buckets > 0);
  if (differing.length === 0) return true;
  for (const { kind, buckets } of differing) {
    const error = new JoineryError("REPLICA_DIFFERS", "a copy is not what its owner has");
    const fields = { code: error.code, producer, kind, buckets, tenant: tx.tenant };
    log.error("a copy is not what its owner has: everything is asked for", error, fields);
  }
  await tx.asService((sql) => sql.query("select joinery.wish_for_snapshot($1)", [producer]));
  return false;
}
