import { permit, toEventActor } from "@joinery/kit";
import { accept, refuse, type Outcome } from "../domain/outcome.js";
import type { Run } from "../domain/run.js";
import { openRunOf } from "./open-run.js";
import type { Caller, Deps } from "./ports.js";
import { tell, toldAction } from "./telling.js";

/**
 * Queues a run of an application: import, inbound, outbound, export. In the sandbox it is read, and
 * that is all: what would follow is told by a simulation. With `changesOnly` it reads
 * what changed since the last import, and everything where the system cannot tell. One at a time up
 * to its export; while one is under way or held, another is refused with its id.
 */
export async function startRun(
  deps: Deps,
  by: Caller,
  input: { readonly applicationId: string; readonly changesOnly?: boolean },
): Promise<Outcome<Run>> {
  const { tenant } = permit(by.actor, "run:start");
  return deps.within(tenant, async (tx) => {
    const application = await deps.applications.lock(tx, input.applicationId);
    if (application === null || application.state === "deleted") {
      return refuse("APPLICATION_NOT_FOUND");
    }
    if (!application.imports) return refuse("IMPORT_OFF");
    const open = await openRunOf(deps, tx, application.id);
    if (open !== null) {
      return refuse(open.state === "held" ? "RUN_HELD" : "RUN_OPEN", { runId: open.id });
    }
    const actor = toEventActor(by.actor);
    const run = await deps.runs.add(tx, {
      id: deps.newId(), applicationId: application.id, actor,
      reads: input.changesOnly === true ? "changes" : "everything",
    });
    await deps.tasks.wish(tx, "import", application.id);
    await tell(deps, tx, [
      toldAction(tx, by, { action: "run.start", target: { kind: "run", id: run.id } }),
    ]);
    return accept(run);
  });
}
