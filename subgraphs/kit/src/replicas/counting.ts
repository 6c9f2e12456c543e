import type { Door } from "../database/door.js";
import { codeOf } from "../errors.js";
import type { TenantId } from "../ids.js";
import type { Log } from "../log.js";
import type { Worker } from "../runtime/module.js";
import { Periodic } from "../runtime/periodic.js";

const hourMs = 3_600_000;
const lockNotAvailable = "PG_55P03";
/** How often an owner tells what it has of an organisation. */
export const countedEveryMs = 24 * hourMs;

/**
 * Looks each hour whose count is due; `count` decides that by what it keeps, so that several
 * processes do it once. An organisation whose count fails does not keep the others from theirs.
 */
export function countingWorker(
  door: Door,
  log: Log,
  count: (tenant: TenantId) => Promise<void>,
): Worker {
  const work = async (signal: AbortSignal) => {
    for (const tenant of await door.listTenants()) {
      if (signal.aborted) return;
      try {
        await count(tenant);
      } catch (error) {
        // Somebody writes for long: it is counted at the next look.
        if (codeOf(error) === lockNotAvailable) continue;
        log.error("what others copy could not be counted", error, { tenant });
      }
    }
  };
  return new Periodic("counts for replicas", hourMs, work, log);
}
