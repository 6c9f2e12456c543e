import { permit } from "@joinery/kit";
import { nextStart } from "../../domain/next-start.js";
import { accept, refuse, type Outcome } from "../../domain/outcome.js";
import { scheduleProblems } from "../../domain/schedule-problems.js";
import {
  directions, type Direction, type Schedule, type ScheduleSettings,
} from "../../domain/schedule.js";
import type { Caller, Deps, Tx } from "../ports.js";
import type { ScheduleChange } from "../schedule-ports.js";
import { tell, toldAction } from "../telling.js";

interface Which {
  readonly applicationId: string;
  readonly direction: Direction;
}

/** Sets when runs of an application begin by themselves, the whole of it. A pause stays. */
export function setSchedule(
  deps: Deps,
  by: Caller,
  { settings, ...which }: Which & { readonly settings: ScheduleSettings },
): Promise<Outcome<Schedule>> {
  return changeSchedule(deps, by, which, "schedule.set", (_before, now) => {
    const problems = scheduleProblems(settings, now);
    if (problems.length > 0) return refuse("SCHEDULE_INVALID", { problems });
    return accept({ settings, nextAt: nextStart(settings, now, now) });
  });
}

/** No run begins by this schedule until it is resumed. Idempotent. */
export function pauseSchedule(deps: Deps, by: Caller, which: Which): Promise<Outcome<Schedule>> {
  return changeSchedule(deps, by, which, "schedule.pause", () => accept({ paused: true }));
}

/** The next run is due when its rhythm says; what was missed is not made up for. */
export function resumeSchedule(deps: Deps, by: Caller, which: Which): Promise<Outcome<Schedule>> {
  return changeSchedule(deps, by, which, "schedule.resume", ({ settings, nextAt }, now) => {
    const isAhead = nextAt !== null && nextAt > now;
    return accept({
      paused: false, nextAt: isAhead ? nextAt : nextStart(settings, nextAt ?? now, now),
    });
  });
}

type Decide = (before: Schedule, now: Date) => Outcome<ScheduleChange>;

async function changeSchedule(
  deps: Deps,
  by: Caller,
  { applicationId, direction }: Which,
  action: string,
  decide: Decide,
): Promise<Outcome<Schedule>> {
  const { tenant } = permit(by.actor, "application:write");
  return deps.within(tenant, async (tx) => {
    const application = await deps.applications.lock(tx, applicationId);
    const before = await find(deps, tx, applicationId, direction);
    if (application === null || application.state === "deleted") {
      return refuse("APPLICATION_NOT_FOUND");
    }
    if (before === null) {
      const problem = { setting: "direction", message: `is one of ${directions.join(", ")}` };
      return refuse("SCHEDULE_INVALID", { problems: [problem] });
    }
    const decided = decide(before, await deps.schedules.now(tx));
    if (!decided.ok) return decided;
    await deps.schedules.change(tx, applicationId, direction, decided.value);
    const after = await find(deps, tx, applicationId, direction) ?? before;
    await deps.tasks.wish(tx, "schedule", applicationId);
    await tell(deps, tx, [
      toldAction(tx, by, {
        action, target: { kind: "application", id: applicationId },
        before: shown(before), after: shown(after),
      }),
    ]);
    return accept(after);
  });
}

async function find(
  deps: Deps,
  tx: Tx,
  applicationId: string,
  direction: Direction,
): Promise<Schedule | null> {
  const both = await deps.schedules.ofApplications(tx, [applicationId]);
  return both.find((each) => each.direction === direction) ?? null;
}

function shown({ direction, settings, paused }: Schedule): Readonly<Record<string, unknown>> {
  return { direction, paused, ...settings };
}
