import { permissionsOf, type Actor, type Permission, type Role } from "@joinery/kit";
import type { Operator } from "../domain/operator.js";
import type { Deps, Organisation } from "./ports.js";

export interface Viewer {
  readonly operator: Operator;
  readonly organisation: Organisation;
  readonly role: Role;
  readonly permissions: Permission[];
}

/** Everybody may know who they are. Null for callers that are no person, and after the end. */
export async function findViewer(deps: Deps, actor: Actor): Promise<Viewer | null> {
  if (actor.kind !== "person" || actor.tenant === null) return null;
  const operator = await deps.operators.find(actor.tenant, actor.id);
  const organisation = await deps.organisations.find(actor.tenant);
  if (!operator || !organisation || operator.state !== "active") return null;
  const { role } = operator;
  return { operator, organisation, role, permissions: [...permissionsOf[role]] };
}
