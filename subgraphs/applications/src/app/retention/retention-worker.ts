import { codeOf, Periodic, type TenantId, type Worker } from "@joinery/kit";
import type { Deps } from "../ports.js";
import { forgetRuns } from "./forget-runs.js";

const sixHoursMs = 21_600_000;

/** An organisation whose old runs cannot be forgotten does not keep the others from theirs. */
export function retentionWorker(deps: Deps, tenants: () => Promise<readonly TenantId[]>): Worker {
  const work = async (signal: AbortSignal) => {
    for (const tenant of await tenants()) {
      if (signal.aborted) return;
      try {
        const runs = await forgetRuns(deps, tenant, signal);
        if (runs > 0) deps.log.info("old runs are forgotten", { tenant, runs });
      } catch (error) {
        deps.log.error("old runs cannot be forgotten", error, { tenant, code: codeOf(error) });
      }
    }
  };
  return new Periodic("retention of runs", sixHoursMs, work, deps.log);
}
