import { isSimulation, type Run, type RunState } from "../domain/run.js";
import type { Deps, Tx } from "./ports.js";

const beforeExport: readonly RunState[] = ["queued", "importing", "inbound", "outbound"];

/**
 * The run of an application that another one would overlap with; null when there is none. A run
 * that only exports, or of which only exports are held, is in nobody's way; nor is one that waits
 * for people to sign off what it brought, for a newer one takes its place, nor a simulation.
 */
export async function openRunOf(deps: Deps, tx: Tx, applicationId: string): Promise<Run | null> {
  const runs = await deps.runs.inState(tx, applicationId, [...beforeExport, "held"]);
  const waves = await deps.waves.ofRuns(tx, runs.map((run) => run.id));
  const found = runs.find((run) => {
    if (isSimulation(run)) return false;
    if (run.state !== "held") return true;
    if (run.code === "SIGN_OFF") return false;
    const isHeld = waves.filter((wave) => wave.runId === run.id && wave.state === "held");
    return isHeld.some((wave) => wave.process !== "export");
  });
  return found ?? null;
}
