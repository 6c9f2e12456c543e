import DataLoader from "dataloader";
import type { GraphContext } from "@joinery/kit";
import type { VaultDeps } from "../app/ports.js";
import { loadIdentities, loadJoins } from "../app/read-identities.js";
import { toIdentity, toJoin } from "./shapes.js";
import type { Identity, Join } from "./types.js";

type Context = GraphContext<VaultDeps>;

/**
 * Identities of one request in one statement; one that the actor may not see is refused, not null.
 */
export function identityLoader(context: Context): DataLoader<string, Identity | null> {
  return loader(context, "identity", async (ids: readonly string[]) => {
    const rows = await loadIdentities(context.deps, context.actor, ids);
    return rows.map((row) => (row ? toIdentity(row) : null));
  });
}

export function joinLoader(context: Context): DataLoader<string, Join[]> {
  return loader(context, "joins", async (ids: readonly string[]) => {
    const lists = await loadJoins(context.deps, context.actor, ids);
    return lists.map((rows) => rows.map(toJoin));
  });
}

function loader<Value>(
  { loaders }: Context,
  name: string,
  load: (ids: readonly string[]) => Promise<readonly Value[]>,
): DataLoader<string, Value> {
  const held = loaders.get(name) as DataLoader<string, Value> | undefined;
  if (held) return held;
  const made = new DataLoader<string, Value>(load, { maxBatchSize: 1_000 });
  loaders.set(name, made);
  return made;
}
