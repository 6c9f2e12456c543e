import { permissionsOf, type Actor, type Role } from "@joinery/kit";

/** The person behind a session, with what the role may do now. */
export function personActor(session: {
  readonly id: string;
  readonly operatorId: string;
  readonly name: string;
  readonly tenant: string;
  readonly role: Role;
}): Actor {
  return {
    kind: "person",
    id: session.operatorId,
    name: session.name,
    tenant: session.tenant,
    permissions: permissionsOf[session.role],
    session: session.id,
  };
}
