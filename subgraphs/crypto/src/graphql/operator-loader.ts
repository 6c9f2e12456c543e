import DataLoader from "dataloader";
import { findOperators } from "../app/read-operators.js";
import type { Operator } from "../domain/operator.js";
import type { Context } from "./context.js";

const name = "operators";

/** One statement for all operators that a request names; each only if the caller may see them. */
export function operatorLoader(context: Context): DataLoader<string, Operator | null> {
  const held = context.loaders.get(name);
  if (held instanceof DataLoader) return held as DataLoader<string, Operator | null>;
  const loader = new DataLoader<string, Operator | null>(async (ids) => {
    const found = await findOperators(context.deps, context.actor, ids);
    const byId = new Map(found.map((operator) => [operator.id, operator]));
    return ids.map((id) => byId.get(id) ?? null);
  }, { maxBatchSize: 500 });
  context.loaders.set(name, loader);
  return loader;
}
