import type { Application } from "../domain/application.js";
import { isSimulation, type Run } from "../domain/run.js";
import { underClaim } from "./imports/import-work.js";
import { exportWaveId } from "./outbound/outbound-work.js";
import type { Deps, Task, Tx } from "./ports.js";
import { tell, toldRun } from "./telling.js";

export interface Failing {
  readonly deps: Deps;
  readonly task: Task;
  readonly signal: AbortSignal;
  readonly application: Application;
  readonly run: Run;
}

/** Ends a run of which nothing more can be done; what is applied or let through stays. */
export async function failRun(work: Failing, code: string, reason: string): Promise<void> {
  await underClaim(work, (tx) =>
    failRunIn(work.deps, tx, work.application, work.run, code, reason),
  );
}

/** Same, in a transaction that is open. */
export async function failRunIn(
  deps: Deps,
  tx: Tx,
  application: Pick<Application, "id" | "name">,
  run: Run,
  code: string,
  reason: string,
  { repeated = false }: { readonly repeated?: boolean } = {},
): Promise<void> {
  await deps.imports.clear(tx, run.id);
  await giveUpPlans(deps, tx, run, code);
  await deps.waves.failOpen(tx, run.id);
  await deps.runs.change(tx, run.id, { state: "failed", code, reason, finished: true });
  const failed = await deps.runs.find(tx, run.id) ?? run;
  await tell(deps, tx, [toldRun(tx, application, failed, "failed", { code, reason, repeated })]);
}

/** What was planned and not let through is planned again; what was let through leaves. */
async function giveUpPlans(deps: Deps, tx: Tx, run: Run, code: string): Promise<void> {
  if (isSimulation(run)) {
    await deps.simulations.clear(tx, run.id);
    return;
  }
  for (const { id: applicationId } of await deps.applications.list(tx)) {
    // Items are there before their wave is: that comes with its guard.
    const id = exportWaveId(tx.tenant, run.id, applicationId);
    const wave = await deps.waves.find(tx, id);
    if (wave?.state === "released") await deps.tasks.wish(tx, "export", applicationId);
    if (wave !== null && wave.state !== "computing" && wave.state !== "held") continue;
    await deps.outbound.makeDueAgain(tx, id);
    await deps.exports.discardWave(tx, id, code);
  }
}
