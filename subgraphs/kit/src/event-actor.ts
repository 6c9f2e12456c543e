import type { Actor as EventActor } from "@joinery/events";
import type { Actor } from "./permissions.js";

/** The actor as an event's envelope names it. */
export function toEventActor(actor: Actor): EventActor {
  return {
    kind: kinds[actor.kind],
    id: actor.id,
    name: actor.name,
  };
}

const kinds = { service: "system", client: "scim", person: "person", anonymous: "person" } as const;
