import { randomUUID } from "node:crypto";
import { accountCounted } from "@joinery/events";
import { countedEveryMs, serviceActor, toEventActor, type TenantId } from "@joinery/kit";
import { openRunOf } from "../open-run.js";
import type { Deps } from "../ports.js";
import { tell } from "../telling.js";
import { isTold } from "./told.js";

/**
 * Once a day tells what there is of each application's accounts, so that the vault finds out when
 * its copy is none. While a run is on its way to the vault it waits for the next look.
 */
export async function countForReplicas(deps: Deps, tenant: TenantId): Promise<void> {
  const applications = await deps.within(tenant, (tx) => deps.applications.list(tx));
  for (const application of applications) {
    if (isTold(application)) await countAccounts(deps, tenant, application.id);
  }
}

async function countAccounts(deps: Deps, tenant: TenantId, applicationId: string): Promise<void> {
  const now = deps.clock();
  const since = new Date(now.getTime() - countedEveryMs);
  await deps.within(tenant, async (tx) => {
    if (!(await deps.accounts.isCountDue(tx, applicationId, since))) return;
    if ((await openRunOf(deps, tx, applicationId)) !== null) return;
    await deps.accounts.lock(tx);
    // A run may have begun meanwhile.
    if ((await openRunOf(deps, tx, applicationId)) !== null) return;
    const accounts = await deps.accounts.countDue(tx, applicationId, since, now);
    if (accounts === null) return;
    await tell(deps, tx, [{
      event: accountCounted,
      tenant,
      actor: toEventActor(serviceActor("applications", tenant)),
      correlation: randomUUID(),
      payload: { applicationId, accounts },
    }]);
  });
}
