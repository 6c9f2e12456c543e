import { JoineryError, type Actor, type TenantActor } from "@joinery/kit";

export interface PersonActor extends TenantActor {
  readonly session: string;
}

/** Somebody who signed in, for what concerns themselves. Throws UNAUTHENTICATED. */
export function requirePerson(actor: Actor): PersonActor {
  if (actor.kind !== "person" || actor.tenant === null || actor.session === undefined) {
    throw new JoineryError("UNAUTHENTICATED", "sign in first");
  }
  return actor as PersonActor;
}

/** One of our services, for what no person may do through the graph. Throws FORBIDDEN. */
export function requireService(actor: Actor): void {
  if (actor.kind !== "service") throw new JoineryError("FORBIDDEN", "services only");
}
