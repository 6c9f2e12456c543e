import { permit } from "@joinery/kit";
import { isUuid } from "../../persistence/uuid.js";
import type { Caller, Deps } from "../ports.js";
import type { SimulationDifference } from "../simulation-ports.js";

/** How the plan of a simulation differs from the one before; null where there is none. */
export function readDifference(
  deps: Deps,
  by: Caller,
  runId: string,
): Promise<(SimulationDifference & { readonly runId: string }) | null> {
  const { tenant } = permit(by.actor, "run:read");
  return deps.within(tenant, async (tx) => {
    const before = isUuid(runId) ? await deps.simulations.before(tx, runId) : null;
    if (before === null) return null;
    return { runId: before, ...(await deps.simulations.difference(tx, runId, before)) };
  });
}
