import { permit } from "@joinery/kit";
import type { Application } from "../domain/application.js";
import type { Outcome } from "../domain/outcome.js";
import { changeApplication } from "./change-application.js";
import type { Caller, Deps } from "./ports.js";

/** Emergency stop: no write leaves any more, what is queued stays. Idempotent. */
export async function stopApplication(
  deps: Deps,
  by: Caller,
  input: { readonly id: string },
): Promise<Outcome<Application>> {
  const { tenant } = permit(by.actor, "application:write");
  return changeApplication(deps, by, tenant, input.id, {
    action: "application.stop",
    change: () => ({ stopped: true }),
    shown: ({ stopped }) => ({ stopped }),
  });
}

/** Ends an emergency stop: the queue goes on, and what was not planned meanwhile becomes due. */
export async function resumeApplication(
  deps: Deps,
  by: Caller,
  input: { readonly id: string },
): Promise<Outcome<Application>> {
  const { tenant } = permit(by.actor, "application:write");
  return changeApplication(deps, by, tenant, input.id, {
    action: "application.resume",
    change: (before) => ({ stopped: false, allDue: before.stopped }),
    shown: ({ stopped }) => ({ stopped }),
    also: async (tx) => {
      await deps.exports.unpause(tx, input.id);
      await deps.tasks.wish(tx, "export", input.id);
    },
  });
}
