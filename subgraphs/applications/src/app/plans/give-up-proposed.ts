import { finishRunIfDone } from "../finish-run.js";
import type { Deps, Tx } from "../ports.js";

/**
 * Gives up all that waits for approval in an application where nobody signs off any more. Waves
 * that are empty then are at their end.
 */
export async function giveUpProposed(deps: Deps, tx: Tx, applicationId: string): Promise<void> {
  await deps.plans.giveUp(tx, { applicationId }, "PHASE_CHANGED");
  await endEmptied(deps, tx, applicationId);
}

/** A wave that was held is at its end when nothing of it is left to decide about or to send. */
export async function endEmptied(deps: Deps, tx: Tx, applicationId: string): Promise<void> {
  for (const { id, runId } of await deps.plans.emptied(tx, applicationId)) {
    await deps.waves.change(tx, id, { state: "finished" });
    await finishRunIfDone(deps, tx, runId);
  }
}
