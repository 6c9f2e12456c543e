import { nextStart } from "./next-start.js";
import { weekdays, type ScheduleSettings } from "./schedule.js";
import { nextCron } from "./schedule-times.js";
import type { Problem } from "./validate.js";

const windowsMax = 20;
const blackoutsMax = 50;
const minutesMax = 44_640;
const time = /^([01]\d|2[0-3]):[0-5]\d$/;
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** Everything that is wrong with a schedule; `now` tells whether there is a time left for it. */
export function scheduleProblems(settings: ScheduleSettings, now: Date): Problem[] {
  const problems = [
    ...cadenceProblems(settings), ...windowProblems(settings), ...blackoutProblems(settings),
  ];
  if (problems.length > 0 || nextStart(settings, now, now) !== null) return problems;
  return [{ setting: "windows", message: "leave no time at which it could begin" }];
}

function cadenceProblems({ everyMinutes, cron, timeZone }: ScheduleSettings): Problem[] {
  const problems: Problem[] = [];
  const isZone = timeZone === undefined || isTimeZone(timeZone);
  if (!isZone) {
    problems.push({ setting: "timeZone", message: "is an IANA name such as Europe/Berlin" });
  }
  if ((everyMinutes === undefined) === (cron === undefined)) {
    problems.push({ setting: "everyMinutes", message: "or cron is given, and not both" });
  }
  if (everyMinutes !== undefined
    && !(Number.isInteger(everyMinutes) && everyMinutes >= 1 && everyMinutes <= minutesMax)) {
    problems.push({ setting: "everyMinutes", message: "is from 1 to 44,640, whole" });
  }
  if (cron !== undefined && !isCron(cron)) {
    const message = "has five fields: minute, hour, day of the month, month, day of the week";
    problems.push({ setting: "cron", message });
  }
  return problems;
}

function windowProblems({ windows = [] }: ScheduleSettings): Problem[] {
  if (windows.length > windowsMax) {
    return [{ setting: "windows", message: `are ${windowsMax} at most` }];
  }
  return windows.flatMap(({ days = [], from, to }, at) => {
    const setting = `windows.${at}`;
    const problems: Problem[] = [];
    if (!time.test(from)) problems.push({ setting: `${setting}.from`, message: "is HH:MM" });
    if (!time.test(to)) problems.push({ setting: `${setting}.to`, message: "is HH:MM" });
    if (from === to) problems.push({ setting, message: "does not end when it begins" });
    if (days.length > 7 || days.some((day) => !weekdays.includes(day))) {
      problems.push({ setting: `${setting}.days`, message: `are of ${weekdays.join(", ")}` });
    }
    return problems;
  });
}

function blackoutProblems({ blackouts = [] }: ScheduleSettings): Problem[] {
  if (blackouts.length > blackoutsMax) {
    return [{ setting: "blackouts", message: `are ${blackoutsMax} at most` }];
  }
  return blackouts.flatMap(({ from, to }, at) => {
    const isGood = isInstant(from) && isInstant(to) && Date.parse(from) < Date.parse(to);
    const message = "goes from an instant to a later one, such as 2026-12-24T00:00:00+01:00";
    return isGood ? [] : [{ setting: `blackouts.${at}`, message }];
  });
}

function isInstant(text: string): boolean {
  return instant.test(text) && !Number.isNaN(Date.parse(text));
}

function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false; // What the runtime does not know is no time zone.
  }
}

function isCron(expression: string): boolean {
  if (expression.length > 200 || !/^[\dA-Za-z*,/ -]+$/.test(expression)) return false;
  try {
    nextCron(expression, "UTC", new Date(0));
    return true;
  } catch {
    return false; // The parser says why in words of its own; people are told the form.
  }
}
