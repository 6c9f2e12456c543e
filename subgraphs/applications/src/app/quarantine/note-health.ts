import { applicationHealthChanged } from "@joinery/events";
import { serviceActor, toEventActor } from "@joinery/kit";
import type { Application } from "../../domain/application.js";
import { exportPolicyDefault } from "../../domain/export-policy.js";
import { afterFailure, healthy, type Health, type SystemFailure } from "../../domain/health.js";
import type { Deps, Tx } from "../ports.js";
import { tell, toldAction } from "../telling.js";

/**
 * Counts a failure of the whole system, in the transaction that records it, and puts the
 * application into quarantine where it is one too many: people hear of it once, until it is well.
 * Null when the application is gone.
 */
export async function noteFailure(
  deps: Deps,
  tx: Tx,
  applicationId: string,
  failure: SystemFailure,
): Promise<Health | null> {
  const application = await deps.applications.lock(tx, applicationId);
  if (application === null) return null;
  const after = application.exportPolicy.quarantineAfter ?? exportPolicyDefault.quarantineAfter;
  const now = await deps.schedules.now(tx);
  const failed = afterFailure(application.health, failure, after, now, deps.chance());
  const isNew = failed.quarantinedAt !== null && application.health.quarantinedAt === null;
  const health = isNew ? { ...failed, told: true } : failed;
  await deps.applications.noteHealth(tx, applicationId, health);
  if (!isNew) return health;
  await deps.tasks.wish(tx, "probe", applicationId, health.probeAt ?? now);
  deps.log.warn("an application is in quarantine", { applicationId, code: failure.code });
  if (!application.health.told) await tellHealth(deps, tx, application, health, "quarantined");
  return health;
}

/** Something succeeded: it is well, and whoever was told that it is not is told so. */
export async function noteSuccess(deps: Deps, tx: Tx, applicationId: string): Promise<void> {
  const application = await deps.applications.lock(tx, applicationId);
  if (application === null || application.health.failures === 0) return;
  await deps.applications.noteHealth(tx, applicationId, healthy);
  await deps.tasks.wish(tx, "export", applicationId);
  if (application.health.told) {
    await tellHealth(deps, tx, application, application.health, "recovered");
  }
}

async function tellHealth(
  deps: Deps,
  tx: Tx,
  { id, name }: Application,
  { code, reason, failingSince, failures }: Health,
  state: "quarantined" | "recovered",
): Promise<void> {
  const by = { actor: serviceActor("applications", tx.tenant), requestId: id };
  const since = failingSince?.toISOString() ?? null;
  const action = state === "quarantined" ? "application.quarantine" : "application.recover";
  await tell(deps, tx, [
    {
      event: applicationHealthChanged,
      tenant: tx.tenant,
      actor: toEventActor(by.actor),
      correlation: id,
      payload: {
        applicationId: id, applicationName: name, state, failures,
        ...(code === null ? {} : { code }),
        ...(reason === null ? {} : { reason }),
        ...(since === null ? {} : { since }),
      },
    },
    toldAction(tx, by, {
      action, target: { kind: "application", id }, after: { code, failures, since },
    }),
  ]);
}
