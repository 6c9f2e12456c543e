import type { Actor as EventActor } from "@joinery/events";
import type { Actor } from "./permissions.js";

/** The actor as an event's envelope names it. */
export function toEventActor(actor: Actor): EventActor {
  return {
    kind: actor.kind === "service" ? "system" : "person",
    id: actor.id,
    name: actor.name,
  };
}
