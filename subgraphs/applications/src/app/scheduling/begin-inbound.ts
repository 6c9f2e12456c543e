import { codeOf, serviceActor, toEventActor, uuidv5 } from "@joinery/kit";
import type { Application } from "../../domain/application.js";
import { manifest } from "../imports/finish-import.js";
import type { Deps, Tx } from "../ports.js";
import { tell, toldRun } from "../telling.js";

const actor = toEventActor(serviceActor("applications"));

/**
 * Begins a run that brings nothing to the vault: it computes those of the application again of
 * whom a date has come. Null where there is nobody, or where a person gave up what such a wave
 * would bring back.
 */
export async function beginInbound(
  deps: Deps,
  tx: Tx,
  application: Application,
): Promise<{ readonly outcome: string; readonly runId: string } | null> {
  if (!(await isDue(deps, tx, application.id))) return null;
  if (await deps.waves.isSetAside(tx, application.id)) return null;
  const bundle = await deps.replicas.activeBundle(tx);
  const population = await deps.accounts.population(tx, application.id);
  const { id } = await deps.runs.add(tx, {
    id: deps.newId(), applicationId: application.id, actor, reads: "nothing",
  });
  await deps.runs.change(tx, id, {
    state: "inbound", started: true, population: population.joined, accounts: population.present,
    bundle: bundle?.hash ?? null, bundleVersion: bundle?.version ?? null,
  });
  const run = await deps.runs.find(tx, id);
  if (run === null) return null;
  const wave = await deps.waves.ensure(tx, {
    id: uuidv5(tx.tenant, id, "import"), runId: id, process: "import",
    applicationId: application.id, state: "finished",
  });
  await tell(deps, tx, [
    toldRun(tx, application, run, "started"), manifest(tx, { application, run }, wave, 0),
  ]);
  return { outcome: "STARTED", runId: id };
}

/** A vault that does not answer now is asked again the next time. */
async function isDue(deps: Deps, tx: Tx, applicationId: string): Promise<boolean> {
  try {
    return (await deps.applicationsDue(tx.tenant)).includes(applicationId);
  } catch (error) {
    deps.log.warn("the vault does not say who is due", { code: codeOf(error) });
    return false;
  }
}
