import { permit, type Actor, type TenantId } from "@joinery/kit";
import type { Deps, Organisation } from "./ports.js";

/** The actor's own. Throws UNAUTHENTICATED, FORBIDDEN. */
export async function getOwnOrganisation(deps: Deps, actor: Actor): Promise<Organisation | null> {
  const { tenant } = permit(actor, "organisation:read");
  return deps.organisations.find(tenant);
}

/** Null for every organisation but the actor's own, whether it exists or not. */
export async function findOrganisation(
  deps: Deps,
  actor: Actor,
  id: TenantId,
): Promise<Organisation | null> {
  const seen = actor.tenant === id && actor.permissions.includes("organisation:read");
  return seen ? deps.organisations.find(id) : null;
}

/** Those that are in service. */
export async function listOrganisations(
  deps: Deps,
): Promise<readonly { readonly id: TenantId; readonly name: string }[]> {
  const active = await deps.organisations.list("active");
  return active.map(({ id, name }) => ({ id, name }));
}
