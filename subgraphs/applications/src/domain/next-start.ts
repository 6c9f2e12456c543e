import type { ScheduleSettings } from "./schedule.js";
import { isOpen, nextCron, opensAt } from "./schedule-times.js";

const minuteMs = 60_000;
/** More jumps from one closed time to the next are taken for never: a year of days. */
const jumpsMax = 400;

/**
 * The first moment after `after` at which a run may begin; null when there is none. Intervals are
 * counted from `from`, whatever became of the times between: neither a late start nor time without
 * a process moves what follows. What falls on a closed time begins when it opens, for intervals, or
 * at the next time that cron names.
 */
export function nextStart(settings: ScheduleSettings, from: Date, after: Date): Date | null {
  const { cron, timeZone = "UTC", everyMinutes = 60 } = settings;
  if (cron === undefined) {
    const everyMs = everyMinutes * minuteMs;
    const steps = Math.max(1, Math.floor((after.getTime() - from.getTime()) / everyMs) + 1);
    return opensAt(settings, new Date(from.getTime() + steps * everyMs));
  }
  let at = nextCron(cron, timeZone, after);
  for (let jumps = 0; at !== null && jumps < jumpsMax; jumps += 1) {
    if (isOpen(settings, at)) return at;
    const opens = opensAt(settings, at);
    at = opens && nextCron(cron, timeZone, new Date(opens.getTime() - 1));
  }
  return null;
}
