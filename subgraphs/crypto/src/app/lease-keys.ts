import type { Actor, KeyLease, TenantId } from "@joinery/kit";
import type { Deps } from "./ports.js";
import { requireService } from "./require-person.js";

/** At most five minutes in the memory of a service. */
export const leaseMs = 5 * 60_000;

/** Throws ORGANISATION_NOT_FOUND, KEYS_DESTROYED. */
export async function leaseKeys(deps: Deps, actor: Actor, tenant: TenantId): Promise<KeyLease> {
  requireService(actor);
  return { leaseMs, keys: await deps.organisationKeys.lease(tenant) };
}
