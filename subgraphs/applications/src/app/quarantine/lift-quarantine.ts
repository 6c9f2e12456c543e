import { permit } from "@joinery/kit";
import type { Application } from "../../domain/application.js";
import { healthy } from "../../domain/health.js";
import { accept, refuse, type Outcome } from "../../domain/outcome.js";
import type { Caller, Deps } from "../ports.js";
import { tell, toldAction } from "../telling.js";
import { goOn } from "./go-on.js";

/**
 * All goes on without a probe, and failures are counted from nothing. Idempotent: where there is
 * no quarantine nothing happens.
 */
export async function liftQuarantine(
  deps: Deps,
  by: Caller,
  { id }: { readonly id: string },
): Promise<Outcome<Application>> {
  const { tenant } = permit(by.actor, "application:write");
  return deps.within(tenant, async (tx) => {
    const application = await deps.applications.lock(tx, id);
    if (application === null || application.state === "deleted") {
      return refuse("APPLICATION_NOT_FOUND");
    }
    const { quarantinedAt, code, failures } = application.health;
    if (quarantinedAt === null) return accept(application);
    await deps.applications.noteHealth(tx, id, healthy);
    await goOn(deps, tx, id, await deps.schedules.now(tx));
    await tell(deps, tx, [
      toldAction(tx, by, {
        action: "application.liftQuarantine", target: { kind: "application", id },
        before: { since: quarantinedAt.toISOString(), code, failures },
      }),
    ]);
    return accept({ ...application, health: healthy });
  });
}
