import { randomUUID } from "node:crypto";
import { identityCounted, insertOutbox, sealEvents } from "@joinery/events";
import {
  countedEveryMs, serviceActor, toEventActor, type TenantId,
} from "@joinery/kit";
import { lastCounted, noteCounted } from "../persistence/replicas.js";
import { lockAndCount } from "../persistence/snapshot-reads.js";
import type { VaultDeps } from "./ports.js";

/**
 * Once a day tells what there is of an organisation's identities and memberships, so that whoever
 * keeps a copy finds out when it is none.
 */
export async function countForReplicas(deps: VaultDeps, tenant: TenantId): Promise<void> {
  const now = deps.clock();
  await deps.door.withTenant(tenant, async (tx) => {
    const last = await lastCounted(tx);
    if (last !== null && now.getTime() - last.getTime() < countedEveryMs) return;
    const payload = await lockAndCount(tx);
    await noteCounted(tx, now);
    const told = {
      event: identityCounted,
      tenant,
      actor: toEventActor(serviceActor("vault", tenant)),
      correlation: randomUUID(),
      payload,
    };
    await insertOutbox(tx.client, await sealEvents(deps.keys.events, [told]));
  });
}
