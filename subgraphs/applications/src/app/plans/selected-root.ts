import { DigestBuilder } from "@joinery/engine";
import type { Selection } from "../plan-ports.js";
import type { Deps, Tx } from "../ports.js";

const hashesAtOnce = 50_000;

/**
 * Root digest over what waits for approval, and how many items that is. With `lock` these cannot
 * change any more in the transaction; that others come has to be looked for.
 */
export async function selectedRoot(
  deps: Deps,
  tx: Tx,
  selection: Selection,
  { lock = false }: { readonly lock?: boolean } = {},
): Promise<{ readonly root: Buffer; readonly items: number }> {
  const digest = new DigestBuilder();
  let after = "0";
  for (;;) {
    const { packed, last } = await deps.plans.hashes(tx, selection, {
      after, limit: hashesAtOnce, lock,
    });
    digest.addPacked(packed);
    if (last === null) return { root: digest.root(), items: digest.count };
    after = last;
  }
}
