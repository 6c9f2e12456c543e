import { JoineryError } from "@joinery/kit";
import type { Application } from "../../domain/application.js";
import type { Run, Wave } from "../../domain/run.js";
import type { Place } from "../import-ports.js";
import type { Deps, Task, Tx } from "../ports.js";

/** One run whose import is under way, and the claim under which it is. */
export interface ImportWork {
  readonly deps: Deps;
  readonly task: Task;
  readonly signal: AbortSignal;
  readonly application: Application;
  readonly run: Run;
  readonly wave: Wave;
}

/** A transaction that commits only under the claim. */
export async function underClaim<T>(
  { deps, task, signal }: Pick<ImportWork, "deps" | "task" | "signal">,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw new JoineryError("TASK_STOPPED", "the work is to stop");
  return deps.within(task.tenant, async (tx) => {
    const result = await work(tx);
    await deps.tasks.hold(tx, task);
    return result;
  });
}

/**
 * The stage is unlogged: a crash of the database empties it under a process that lives on, and an
 * empty stage looks like a source without changes. Throws STAGE_LOST: the source is read again.
 */
export async function checkStage({ deps, run }: ImportWork, tx: Tx): Promise<void> {
  if (await deps.imports.isWhole(tx, run.id)) return;
  throw new JoineryError("STAGE_LOST", "the database lost what was staged");
}

export function placeOf({ application, run }: ImportWork): Place {
  if (run.readStartedAt === null) throw new JoineryError("ASSERTION_FAILED", "nothing was read");
  return { runId: run.id, applicationId: application.id, readStartedAt: run.readStartedAt };
}
