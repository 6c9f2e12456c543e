import type { Actor as EventActor } from "@joinery/events";
import { permit, serviceActor, toEventActor } from "@joinery/kit";
import { isInSandbox, unavailableInSimulation } from "../../domain/application.js";
import { accept, refuse, type Outcome } from "../../domain/outcome.js";
import { endStates, isSimulation, runStates, type Run } from "../../domain/run.js";
import type { Caller, Deps, Tx } from "../ports.js";
import { tell, toldAction } from "../telling.js";

const underWay = runStates.filter((state) => !endStates.has(state));

/**
 * Queues a simulation: what would happen if all applications in the sandbox were live, together,
 * over what is live. Nothing is read, changed or written for it but its report. One at a time.
 */
export async function startSimulation(deps: Deps, by: Caller): Promise<Outcome<Run>> {
  const { tenant } = permit(by.actor, "run:start");
  return deps.within(tenant, async (tx) => {
    const queued = await queue(deps, tx, toEventActor(by.actor));
    if (!queued.ok) return queued;
    await tell(deps, tx, [
      toldAction(tx, by, { action: "run.simulate", target: { kind: "run", id: queued.value.id } }),
    ]);
    return queued;
  });
}

const dayMs = 86_400_000;

/** After something in the sandbox was read: the report of the day, if there was none for a day. */
export async function simulateDaily(deps: Deps, tx: Tx): Promise<void> {
  const last = await deps.simulations.lastAt(tx);
  if (last !== null && deps.clock().getTime() - last.getTime() < dayMs) return;
  await queue(deps, tx, toEventActor(serviceActor("applications")));
}

async function queue(deps: Deps, tx: Tx, actor: EventActor): Promise<Outcome<Run>> {
  const [first] = (await deps.applications.list(tx)).filter((each) =>
    isInSandbox(each) && unavailableInSimulation(each) === null);
  if (first === undefined) return refuse("SANDBOX_EMPTY");
  await deps.applications.lock(tx, first.id);
  const open = (await deps.runs.inState(tx, null, underWay)).find(isSimulation);
  if (open !== undefined) return refuse("RUN_OPEN", { runId: open.id });
  const run = await deps.runs.add(tx, {
    id: deps.newId(), applicationId: first.id, actor, reads: "simulation",
  });
  await deps.tasks.wish(tx, "import", first.id);
  return accept(run);
}
