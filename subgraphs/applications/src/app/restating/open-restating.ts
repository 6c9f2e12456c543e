import type { Actor as EventActor } from "@joinery/events";
import type { TenantId } from "@joinery/kit";
import type { Application } from "../../domain/application.js";
import type { Run } from "../../domain/run.js";
import { failRunIn } from "../fail-run.js";
import { openRunOf } from "../open-run.js";
import type { Deps, Tx } from "../ports.js";

/**
 * The run that tells. `busy`: another one is in the way, `inbound`: it waits for the vault; `gone`:
 * nothing is there to tell of.
 */
export type Restating = { readonly runId: string } | "busy" | "inbound" | "gone";

/**
 * Opens a run that tells the vault anew what we hold of an application, or answers the one that is
 * open. Another run that is in the way comes to its end by itself; only one that waits for the
 * vault may do so for ever, where the vault has lost its manifest. Without `isPatient` it ends
 * here, and at once where the vault held it: what it brought is told anew, and decided anew. What
 * the import guard holds stays held: none of it is applied, so it is in nobody's way.
 */
export function openRestating(
  deps: Deps,
  tenant: TenantId,
  applicationId: string,
  by: { readonly actor: EventActor; readonly isPatient: boolean },
): Promise<Restating> {
  return deps.within(tenant, async (tx) => {
    const application = await deps.applications.lock(tx, applicationId);
    if (application === null || application.state === "deleted") return "gone";
    const begun = await deps.runs.inState(tx, applicationId, ["queued", "importing"]);
    const own = begun.find(({ reads }) => reads === "nothing");
    if (own !== undefined) return { runId: own.id };
    const open = await openRunOf(deps, tx, applicationId);
    const isFree = open === null
      || (await isOutOfTheWay(deps, tx, application, open, by.isPatient));
    if (!isFree) return open.state === "inbound" ? "inbound" : "busy";
    const run = await deps.runs.add(tx, {
      id: deps.newId(), applicationId, actor: by.actor, reads: "nothing",
    });
    await deps.tasks.wish(tx, "import", applicationId);
    return { runId: run.id };
  });
}

async function isOutOfTheWay(
  deps: Deps,
  tx: Tx,
  application: Application,
  open: Run,
  isPatient: boolean,
): Promise<boolean> {
  if (open.state === "held") {
    const inbound = await deps.waves.findOf(tx, open.id, "inbound");
    if (inbound === null || inbound.state !== "held") return true;
  } else if (open.state !== "inbound" || isPatient) return false;
  const reason = "the vault was set back to an older state and is told everything anew";
  await failRunIn(deps, tx, application, open, "RESTATED", reason);
  return true;
}
