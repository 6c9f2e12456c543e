import DataLoader from "dataloader";
import type { GraphContext } from "@joinery/kit";
import type { Deps } from "../app/ports.js";

export type Context = GraphContext<Deps>;

/** A loader of this request: entities are fetched in batches, each once. */
export function loaderOf<Value>(
  context: Context,
  name: string,
  load: (ids: readonly string[]) => Promise<readonly Value[]>,
): DataLoader<string, Value> {
  const held = context.loaders.get(name) as DataLoader<string, Value> | undefined;
  if (held) return held;
  const made = new DataLoader<string, Value>(load, { maxBatchSize: 1_000 });
  context.loaders.set(name, made);
  return made;
}

/** `endCursor` of the page before, as every list takes it. */
export const afterArgument = {
  nullable: true,
  description: "`endCursor` of the page before.",
} as const;
