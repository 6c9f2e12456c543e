import type { Application } from "../../domain/application.js";
import { nextStart } from "../../domain/next-start.js";
import type { Schedule } from "../../domain/schedule.js";
import { underClaim } from "../imports/import-work.js";
import type { Deps, Task, Tx } from "../ports.js";
import { beginScheduled } from "./begin-scheduled.js";

/**
 * Begins what is due of an application's schedules. However long nobody looked, each begins one
 * run. Answers in how many milliseconds the next one is due, by the database's clock; null: there
 * is none until somebody changes a schedule.
 */
export async function runSchedules(
  deps: Deps,
  task: Task,
  signal: AbortSignal,
): Promise<number | null> {
  return underClaim({ deps, task, signal }, async (tx) => {
    const application = await deps.applications.lock(tx, task.subject);
    if (application === null || application.state === "deleted") return null;
    const now = await deps.schedules.now(tx);
    const wakes: number[] = [];
    for (const schedule of await deps.schedules.ofApplications(tx, [application.id])) {
      const at = await wakeOf(deps, tx, application, schedule, now);
      if (at !== null) wakes.push(at.getTime() - now.getTime());
    }
    return wakes.length === 0 ? null : Math.max(0, Math.ceil(Math.min(...wakes)));
  });
}

/** When a schedule is to be looked at again, after what is due of it was begun. */
async function wakeOf(
  deps: Deps,
  tx: Tx,
  application: Application,
  schedule: Schedule,
  now: Date,
): Promise<Date | null> {
  const { direction, settings, paused, nextAt } = schedule;
  if (paused || nextAt === null || nextAt > now) return paused ? null : nextAt;
  const begun = await beginScheduled(deps, tx, application, schedule, now);
  if ("inMs" in begun) return new Date(now.getTime() + begun.inMs);
  const next = nextStart(settings, nextAt, now);
  const last = { at: now, ...begun };
  await deps.schedules.change(tx, application.id, direction, { nextAt: next, last });
  deps.log.info("a schedule was due", {
    applicationId: application.id, direction, outcome: begun.outcome,
    lateMs: now.getTime() - nextAt.getTime(),
  });
  return next;
}
