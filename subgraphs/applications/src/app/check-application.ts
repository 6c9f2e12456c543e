import { permit } from "@joinery/kit";
import { accept, refuse, type Outcome } from "../domain/outcome.js";
import type { Connected } from "./add-application.js";
import { discover } from "./discover.js";
import type { Caller, Deps } from "./ports.js";

/** Whether the system can be reached and signed in to with what is configured. Changes nothing. */
export async function checkApplication(
  deps: Deps,
  by: Caller,
  input: { readonly id: string },
): Promise<Outcome<Connected>> {
  const { tenant } = permit(by.actor, "application:write");
  const application = await deps.within(tenant, (tx) => deps.applications.find(tx, input.id));
  if (application === null || application.state === "deleted") {
    return refuse("APPLICATION_NOT_FOUND");
  }
  const { connection } = await discover(deps, tenant, application);
  return accept({ application, connection });
}
