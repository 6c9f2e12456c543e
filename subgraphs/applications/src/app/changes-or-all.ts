import type { RunReads } from "../domain/run.js";
import type { Deps, Tx } from "./ports.js";

const dayMs = 86_400_000;

/**
 * What a run that is to read what changed reads: once a day everything, for a report may be wrong,
 * and not every system tells of deletions.
 */
export async function changesOrAll(deps: Deps, tx: Tx, applicationId: string): Promise<RunReads> {
  const last = await deps.runs.lastFullRead(tx, applicationId);
  const isDue = last === null || deps.clock().getTime() - last.getTime() > dayMs;
  return isDue ? "everything" : "changes";
}
