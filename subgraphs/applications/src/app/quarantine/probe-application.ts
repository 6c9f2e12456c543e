import { ConnectorError } from "@joinery/connectors";
import { afterProbe, afterProbeFailed, type SystemFailure } from "../../domain/health.js";
import { connectionFailure, withConnector } from "../connect.js";
import { underClaim } from "../imports/import-work.js";
import type { Application } from "../../domain/application.js";
import type { Deps, Task } from "../ports.js";
import { goOn } from "./go-on.js";

const patienceMs = 30_000;

/**
 * Asks an application in quarantine whether it answers, and lets all go on when it does. Answers
 * in how many milliseconds to ask again; null: there is nothing to ask.
 */
export async function probeApplication(
  deps: Deps,
  task: Task,
  signal: AbortSignal,
): Promise<number | null> {
  const claim = { deps, task, signal };
  const begun = await underClaim(claim, async (tx) => {
    const application = await deps.applications.find(tx, task.subject);
    const probeAt = application?.health.probeAt ?? null;
    if (application === null || application.state === "deleted" || probeAt === null) return null;
    return { application, inMs: probeAt.getTime() - (await deps.schedules.now(tx)).getTime() };
  });
  if (begun === null) return null;
  if (begun.inMs > 0) return Math.ceil(begun.inMs);
  const failure = await probe(claim, begun.application);
  return underClaim(claim, async (tx) => {
    const application = await deps.applications.lock(tx, task.subject);
    // A person may have lifted it meanwhile, or something succeeded.
    if (application === null || application.health.quarantinedAt === null) return null;
    const now = await deps.schedules.now(tx);
    if (failure === null) {
      await deps.applications.noteHealth(tx, application.id, afterProbe(application.health));
      await goOn(deps, tx, application.id, now);
      deps.log.info("an application answers again", { applicationId: application.id });
      return null;
    }
    const health = afterProbeFailed(application.health, failure, now, deps.chance());
    await deps.applications.noteHealth(tx, application.id, health);
    return Math.max(0, (health.probeAt?.getTime() ?? 0) - now.getTime());
  });
}

async function probe(
  { deps, task, signal }: { deps: Deps; task: Task; signal: AbortSignal },
  application: Application,
): Promise<SystemFailure | null> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  try {
    await withConnector(deps, task.tenant, application, (connector) => connector.check(patience));
    return null;
  } catch (error) {
    if (signal.aborted) throw error;
    const retryAfterMs = error instanceof ConnectorError ? error.retryAfterMs : undefined;
    return { ...connectionFailure(error), retryAfterMs };
  }
}
