import { serviceActor, toEventActor } from "@joinery/kit";
import { isQuarantined, isWatchable } from "../../domain/application.js";
import { changesOrAll } from "../changes-or-all.js";
import { openRunOf } from "../open-run.js";
import type { Deps, Task } from "../ports.js";

/** A look that failed is not repeated at once: later and later, however often the system speaks. */
const waitMs = { first: 1_000, longest: 60_000 };

/**
 * Queues a run that imports what changed, or once a day everything. False while another run is in
 * the way, or the last one failed a moment ago. One that is queued and has not begun to read will
 * see what changed until now: that is enough.
 */
export async function queueLook(deps: Deps, task: Task, applicationId: string): Promise<boolean> {
  return deps.within(task.tenant, async (tx) => {
    const application = await deps.applications.lock(tx, applicationId);
    if (application === null || !isWatchable(application)) return true;
    // The probe that is answered makes an import due.
    if (isQuarantined(application)) return true;
    const open = await openRunOf(deps, tx, applicationId);
    if (open !== null) return open.state === "queued" && open.reads !== "nothing";
    const { failures, agoMs } = await deps.runs.failedLately(tx, applicationId);
    const rest = Math.min(waitMs.longest, waitMs.first * 2 ** failures);
    if (failures > 0 && agoMs < rest) return false;
    await deps.runs.add(tx, {
      id: deps.newId(), applicationId, actor: toEventActor(serviceActor("applications")),
      reads: await changesOrAll(deps, tx, applicationId),
    });
    await deps.tasks.wish(tx, "import", applicationId);
    return true;
  });
}
