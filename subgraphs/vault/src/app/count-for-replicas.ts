import { randomUUID } from "node:crypto";
import { identityCounted, insertOutbox, sealEvents } from "@joinery/events";
import { countedEveryMs, serviceActor, toEventActor, type TenantId } from "@joinery/kit";
import { claimCount, isCountDue } from "../persistence/replicas.js";
import { countHeld, lockSettled } from "../persistence/snapshot-reads.js";
import type { VaultDeps } from "./ports.js";

/**
 * Once a day tells what there is of an organisation's identities and memberships, so that whoever
 * keeps a copy finds out when it is none. While a wave is applied it waits for the next look.
 */
export async function countForReplicas(deps: VaultDeps, tenant: TenantId): Promise<void> {
  const now = deps.clock();
  const since = new Date(now.getTime() - countedEveryMs);
  await deps.door.withTenant(tenant, async (tx) => {
    if (!(await isCountDue(tx, since)) || !(await lockSettled(tx))) return;
    if (!(await claimCount(tx, since, now))) return;
    const told = {
      event: identityCounted,
      tenant,
      actor: toEventActor(serviceActor("vault", tenant)),
      correlation: randomUUID(),
      payload: await countHeld(tx),
    };
    await insertOutbox(tx.client, await sealEvents(deps.keys.events, [told]));
  });
}
