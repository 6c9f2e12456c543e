import type { TenantId } from "@joinery/kit";
import { exportWaveId } from "../outbound/outbound-work.js";
import type { Deps } from "../ports.js";
import type { EndedRun } from "../retention-ports.js";

const dayMs = 86_400_000;
/** What happened to whom stays in the audit; this is the record of how it came about. */
export const keptDays = 90;
/** Of each application, however old: a system that is rarely run keeps its history. */
export const keptRuns = 20;

const runsAtOnce = 100;
const itemsAtOnce = 5_000;

/**
 * Forgets runs of an organisation that ended long ago, with their waves and items, in transactions
 * of a few thousand rows. Answers how many; doing it twice, or in two processes, does no more.
 */
export async function forgetRuns(
  deps: Deps,
  tenant: TenantId,
  signal: AbortSignal,
): Promise<number> {
  const before = new Date(deps.clock().getTime() - keptDays * dayMs);
  const applications = await deps.within(tenant, (tx) => deps.applications.listAll(tx));
  let forgotten = 0;
  let after: EndedRun | null = null;
  while (!signal.aborted) {
    const from: EndedRun | null = after;
    const runs: readonly EndedRun[] = await deps.within(tenant, (tx) =>
      deps.retention.endedRuns(tx, before, keptRuns, from, runsAtOnce));
    for (const { id } of runs) {
      // A run that failed may have items of waves that were never begun.
      const planned = applications.map((each) => exportWaveId(tenant, id, each.id));
      const begun = await deps.within(tenant, (tx) => deps.waves.ofRuns(tx, [id]));
      const waves = [...new Set([...planned, ...begun.map((wave) => wave.id)])];
      if (await forgetRun(deps, tenant, id, waves, signal)) forgotten += 1;
    }
    after = runs.at(-1) ?? null;
    if (after === null) break;
  }
  return forgotten;
}

async function forgetRun(
  deps: Deps,
  tenant: TenantId,
  id: string,
  waves: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  for (;;) {
    if (signal.aborted) return false;
    const n = await deps.within(tenant, (tx) =>
      deps.retention.forgetItems(tx, waves, itemsAtOnce));
    if (n < itemsAtOnce) break;
  }
  return deps.within(tenant, (tx) => deps.retention.forgetRun(tx, id, waves));
}
