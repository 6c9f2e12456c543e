import { createHash } from "node:crypto";
import { applicationsBundleStored, type Envelope } from "@joinery/events";
import { serviceActor, toEventActor } from "@joinery/kit";
import type { Deps, Tx } from "../ports.js";
import type { BundleChunk } from "../replica-ports.js";
import { tell } from "../telling.js";

/**
 * Keeps a chunk of a published rule set. When it is whole and its digest is right, says so; one
 * whose digest is wrong is dropped and nothing is said, so that it never becomes active.
 */
export async function takeBundleChunk(
  deps: Deps,
  tx: Tx,
  cause: Envelope,
  chunk: BundleChunk,
): Promise<void> {
  const text = await deps.replicas.keepChunk(tx, chunk);
  if (text === null) return;
  const { hash, version } = chunk;
  if (createHash("sha256").update(text).digest("hex") !== hash) {
    await deps.replicas.dropBundle(tx, hash);
    deps.log.warn("a rule set came damaged and was dropped", { hash, version });
    return;
  }
  await deps.replicas.markStored(tx, hash);
  await tell(deps, tx, [{
    event: applicationsBundleStored,
    tenant: tx.tenant,
    actor: toEventActor(serviceActor("applications")),
    correlation: cause.correlation,
    cause: cause.id,
    payload: { hash, version },
  }]);
}
