import type { ScheduleDetailsFragment, SchedulesQuery } from "@joinery/sdk";
import { printable } from "../output/printable.js";
import type { Style } from "../output/style.js";
import { table } from "../output/table.js";
import { shownTime } from "../output/words.js";

type Scheduled = Pick<SchedulesQuery["applications"]["nodes"][number], "key" | "schedules">;

/** One line for each schedule: when, when next, and what became of it last. */
export function scheduleTable(
  applications: readonly Scheduled[],
  style: Style,
): readonly string[] {
  const rows = applications.flatMap(({ key, schedules }) =>
    schedules.map((schedule) => ({ key, ...schedule })),
  );
  return table(
    [
      { title: "APPLICATION", of: ({ key }) => printable(key), paint: style.bold },
      { title: "DIRECTION", of: ({ direction }) => printable(direction) },
      { title: "WHEN", of: whenOf },
      { title: "NEXT", of: ({ paused, nextAt }) => (paused ? "paused" : shownTime(nextAt)) },
      { title: "LAST", of: ({ lastAt }) => shownTime(lastAt) },
      { title: "OUTCOME", of: ({ lastOutcome }) => printable(lastOutcome ?? "–") },
    ],
    rows,
    style,
  );
}

/** `every 15 min`, `30 5 * * 1-5 Europe/Berlin`, and whether hours or days are left out. */
function whenOf(schedule: ScheduleDetailsFragment): string {
  const { everyMinutes, cron, timeZone, windows, blackouts } = schedule;
  const often = cron === null ? `every ${everyMinutes ?? 0} min` : `${cron} ${timeZone}`;
  const hours = windows.map(({ days, from, to }) =>
    [...(days.length > 0 ? [days.join(",")] : []), `${from}-${to}`].join(" "),
  );
  const zone = cron === null && hours.length > 0 ? ` ${timeZone}` : "";
  return printable(
    [
      often,
      ...(hours.length > 0 ? [`in ${hours.join(" and ")}${zone}`] : []),
      ...(blackouts.length > 0 ? [`but in ${blackouts.length} blackouts`] : []),
    ].join(", "),
  );
}
