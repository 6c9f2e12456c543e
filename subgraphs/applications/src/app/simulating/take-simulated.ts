import type { IdentityChange, InboundSimulated } from "@joinery/events";
import { uuidv5 } from "@joinery/kit";
import { isSimulation, type Run } from "../../domain/run.js";
import { failRunIn } from "../fail-run.js";
import { keepFailures } from "../replicas/take-inbound.js";
import { wholeOrganisation, type Deps, type Tx } from "../ports.js";
import type { SimulatedMembership } from "../simulation-ports.js";

/** Identities as they would be; those of a simulation that is at its end already are dropped. */
export async function takeSimulatedIdentities(
  deps: Deps,
  tx: Tx,
  runId: string,
  identities: readonly IdentityChange[],
): Promise<void> {
  if ((await waiting(deps, tx, runId)) === null) return;
  const simulatedRows = await deps.simulations.takeIdentities(tx, runId, identities);
  await deps.runs.change(tx, runId, { counts: { identityBatches: 1, simulatedRows } });
}

export async function takeSimulatedMemberships(
  deps: Deps,
  tx: Tx,
  runId: string,
  memberships: readonly SimulatedMembership[],
): Promise<void> {
  if ((await waiting(deps, tx, runId)) === null) return;
  const simulatedRows = await deps.simulations.takeMemberships(tx, runId, memberships);
  await deps.runs.change(tx, runId, { counts: { simulatedRows } });
}

/** Everything came: what would follow from it is planned. */
export async function takeSimulatedInbound(
  deps: Deps,
  tx: Tx,
  told: InboundSimulated,
): Promise<void> {
  const run = await waiting(deps, tx, told.runId);
  if (run === null) return;
  const taken = run.counts["identityBatches"] ?? 0;
  if (taken < told.batches) {
    const application = await deps.applications.find(tx, run.applicationId);
    const reason = `${told.batches - taken} of ${told.batches} batches of identities are missing`;
    if (application !== null) {
      await failRunIn(deps, tx, application, run, "INBOUND_INCOMPLETE", reason);
    }
    return;
  }
  const wave = await deps.waves.ensure(tx, {
    id: uuidv5(tx.tenant, run.id, "inbound"), runId: run.id, process: "inbound",
    applicationId: run.applicationId, state: "computing",
  });
  await deps.waves.change(tx, wave.id, { state: "finished", counts: told.counts });
  await keepFailures(deps, tx, run, told.failures);
  await deps.runs.change(tx, run.id, {
    state: "outbound", progress: { identities: told.identities },
  });
  await deps.tasks.wish(tx, "outbound", wholeOrganisation);
}

async function waiting(deps: Deps, tx: Tx, runId: string): Promise<Run | null> {
  const run = await deps.runs.lock(tx, runId);
  return run !== null && isSimulation(run) && run.state === "inbound" ? run : null;
}
