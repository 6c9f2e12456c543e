import { permit } from "@joinery/kit";
import type { Application } from "../domain/application.js";
import { refuse, type Outcome } from "../domain/outcome.js";
import { changeApplication } from "./change-application.js";
import type { Caller, Deps } from "./ports.js";
import { openRunOf } from "./open-run.js";

/**
 * Takes an application out of use: nothing is read from it or written to it any more, and what was
 * planned for it is discarded. Its accounts, runs and history stay. Nothing in the system changes.
 */
export async function removeApplication(
  deps: Deps,
  by: Caller,
  input: { readonly id: string },
): Promise<Outcome<Application>> {
  const { tenant } = permit(by.actor, "application:write");
  const open = await deps.within(tenant, (tx) => openRunOf(deps, tx, input.id));
  if (open !== null) {
    return refuse(open.state === "held" ? "RUN_HELD" : "RUN_OPEN", { runId: open.id });
  }
  return changeApplication(deps, by, tenant, input.id, {
    action: "application.remove",
    change: () => ({ state: "deleted" }),
    shown: ({ key, name, state }) => ({ key, name, state }),
    also: async (tx) => {
      await deps.exports.discardOpen(tx, input.id, "APPLICATION_DELETED");
      await deps.tasks.wish(tx, "export", input.id);
    },
  });
}
