import { isInSandbox } from "../domain/application.js";
import { endStates, whyHeld } from "../domain/run.js";
import type { Deps, Tx } from "./ports.js";
import { tell, toldRun } from "./telling.js";

/**
 * Ends a run when none of its waves is left, or says that it is held when only held ones are left:
 * the record, and the word to everybody, in the caller's transaction. Calling it again, or too
 * early, changes nothing.
 */
export async function finishRunIfDone(deps: Deps, tx: Tx, runId: string): Promise<boolean> {
  const run = await deps.runs.lock(tx, runId);
  if (run === null || endStates.has(run.state)) return false;
  if (run.state !== "exporting" && run.state !== "held") return false;
  const waves = await deps.waves.ofRuns(tx, [runId]);
  const open = waves.filter(({ state }) => ["computing", "held", "released"].includes(state));
  if (open.length > 0) {
    const isHeld = open.every(({ state }) => state === "held");
    if (isHeld && run.state === "exporting") {
      await deps.runs.change(tx, runId, { state: "held", ...whyHeld(open) });
    }
    return false;
  }
  const application = await deps.applications.find(tx, run.applicationId);
  if (application === null) return false;
  await deps.runs.change(tx, runId, {
    state: "finished", finished: true, code: null, reason: null,
  });
  // Without a rule set nothing could be joined: its onboarding is still to come.
  if (run.bundle !== null && run.reads !== "nothing" && !isInSandbox(application)) {
    await deps.exports.noteFirstLiveRun(tx, application.id);
  }
  const finished = await deps.runs.find(tx, runId);
  await tell(deps, tx, [toldRun(tx, application, finished ?? run, "finished")]);
  return true;
}
