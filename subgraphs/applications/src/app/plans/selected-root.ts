import { DigestBuilder } from "@joinery/engine";
import type { Selection } from "../plan-ports.js";
import type { Deps, Tx } from "../ports.js";

const hashesAtOnce = 50_000;

/** Root digest over what waits for approval, and how many items that is. */
export async function selectedRoot(
  deps: Deps,
  tx: Tx,
  selection: Selection,
): Promise<{ readonly root: Buffer; readonly items: number }> {
  const digest = new DigestBuilder();
  let after = "0";
  for (;;) {
    const { packed, last } = await deps.plans.hashes(tx, selection, after, hashesAtOnce);
    digest.addPacked(packed);
    if (last === null) return { root: digest.root(), items: digest.count };
    after = last;
  }
}
