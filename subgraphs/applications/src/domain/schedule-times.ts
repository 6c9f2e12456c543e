import { Cron } from "croner";
import { weekdays, type ScheduleSettings, type ScheduleWindow } from "./schedule.js";

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;

type Opening = Pick<ScheduleSettings, "timeZone" | "windows" | "blackouts">;

/**
 * The first moment after `after` that an expression names in a time zone; null when there is none.
 * A time that the clocks skip comes at the first moment after the gap; one that they show twice
 * comes once, and twice only where the expression names every hour. Throws where the expression or
 * the zone is none.
 */
export function nextCron(expression: string, timeZone: string, after: Date): Date | null {
  const cron = new Cron(expression, { timezone: timeZone, paused: true, mode: "5-part" });
  return cron.nextRun(after);
}

/** Whether a run may begin at this moment. */
export function isOpen(settings: Opening, at: Date): boolean {
  const { windows = [], timeZone = "UTC", blackouts = [] } = settings;
  if (blackouts.some((each) => blackedOutUntil(each, at) !== null)) return false;
  return windows.length === 0 || windows.some((window) => isIn(window, timeZone, at));
}

/** Nobody closes for longer, one window or blackout after another. */
const stepsMax = 1_000;

/** The first moment from `at` on at which a run may begin; null when there is none. */
export function opensAt(settings: Opening, at: Date): Date | null {
  const { windows = [], timeZone = "UTC", blackouts = [] } = settings;
  let opens: Date | null = at;
  for (let steps = 0; opens !== null && steps < stepsMax; steps += 1) {
    if (isOpen(settings, opens)) return opens;
    opens = afterBlackouts(blackouts, opens) ?? nextOpening(windows, timeZone, opens);
  }
  return null;
}

function afterBlackouts(
  blackouts: NonNullable<Opening["blackouts"]>,
  at: Date,
): Date | null {
  const ends = blackouts.flatMap((each) => blackedOutUntil(each, at) ?? []);
  return ends.length === 0 ? null : new Date(Math.max(...ends));
}

function blackedOutUntil({ from, to }: { from: string; to: string }, at: Date): number | null {
  const end = Date.parse(to);
  return Date.parse(from) <= at.getTime() && at.getTime() < end ? end : null;
}

function nextOpening(
  windows: readonly ScheduleWindow[],
  timeZone: string,
  after: Date,
): Date | null {
  const openings = windows.flatMap((window) =>
    nextCron(cronOf(window.from, window.days), timeZone, after)?.getTime() ?? []);
  return openings.length === 0 ? null : new Date(Math.min(...openings));
}

/** A window is at most a day long, and two days of clocks are at most 26 hours apart. */
function isIn(window: ScheduleWindow, timeZone: string, at: Date): boolean {
  const opens = cronOf(window.from, window.days);
  let opening = nextCron(opens, timeZone, new Date(at.getTime() - dayMs - 2 * 60 * minuteMs));
  while (opening !== null && opening <= at) {
    if (at < closing(window, timeZone, opening)) return true;
    opening = nextCron(opens, timeZone, opening);
  }
  return false;
}

/** Where the clocks skip the whole window, it is as long as it would have been. */
function closing({ from, to }: ScheduleWindow, timeZone: string, opening: Date): Date {
  const closes = nextCron(cronOf(to), timeZone, new Date(opening.getTime() - 1));
  const lengthMs = ((minutesOf(to) - minutesOf(from) + 1_440) % 1_440) * minuteMs;
  const isSkipped = closes === null || closes <= opening;
  return isSkipped ? new Date(opening.getTime() + lengthMs) : closes;
}

function cronOf(time: string, days: ScheduleWindow["days"] = []): string {
  const [hour, minute] = time.split(":").map(Number);
  const on = days.length === 0 ? "*" : days.map((day) => weekdays.indexOf(day)).join(",");
  return `${minute} ${hour} * * ${on}`;
}

function minutesOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return hour * 60 + minute;
}
