import type { Sql } from "./sql.js";

/**
 * Makes the planner of this transaction look rows up by index. A batch is a thousand look-ups
 * whatever the population, and rows that come and go too fast for statistics make it read whole
 * tables for each of them. Join no two lists of a batch with each other under it: that is a loop in
 * a loop.
 */
export async function planForBatches(tx: Sql): Promise<void> {
  await tx.query(
    `select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
            set_config('enable_mergejoin', 'off', true)`,
  );
}
