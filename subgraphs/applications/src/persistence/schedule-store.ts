import { assert } from "@joinery/kit";
import type { SchedulePort } from "../app/schedule-ports.js";
import {
  defaultSettings, directions, type Direction, type Schedule, type ScheduleSettings,
} from "../domain/schedule.js";
import { nextStart } from "../domain/next-start.js";
import { isUuid } from "./uuid.js";

/** One schedule as it is kept: what is not there yet is nothing. */
interface Kept {
  readonly settings: ScheduleSettings;
  readonly paused?: boolean;
  readonly nextAt?: string | null;
  readonly lastAt?: string;
  readonly lastOutcome?: string;
  readonly lastRunId?: string | null;
}

interface Row {
  [column: string]: unknown;
  id: string;
  schedules: { readonly [D in Direction]?: Kept };
}

/** More than that is many, and not counted on. */
const countedMax = 1_000;

export const scheduleStore: SchedulePort = {
  async now(tx) {
    const [row] = await tx.query<{ now: Date }>("select clock_timestamp() as now");
    assert(row !== undefined, "the database has a clock");
    return row.now;
  },

  async add(tx, applicationId, now) {
    const schedules = Object.fromEntries(directions.map((direction) => {
      const settings = defaultSettings[direction];
      return [direction, { settings, nextAt: nextStart(settings, now, now) }];
    }));
    await tx.execute(
      "update application set schedules = $2 where id = $1",
      [applicationId, JSON.stringify(schedules)]);
  },

  async ofApplications(tx, applicationIds) {
    const rows = await tx.query<Row>(
      `select id, schedules from application where id = any($1) order by id`,
      [applicationIds.filter(isUuid)]);
    return rows.flatMap(({ id, schedules }) =>
      directions.flatMap((direction) => {
        const kept = schedules[direction];
        return kept === undefined ? [] : [toSchedule(id, direction, kept)];
      }));
  },

  async change(tx, applicationId, direction, { last, ...change }) {
    const patch = {
      ...change,
      ...(last === undefined
        ? {} : { lastAt: last.at, lastOutcome: last.outcome, lastRunId: last.runId }),
    };
    const changed = await tx.execute(
      `update application set schedules =
         jsonb_set(schedules, array[$2], coalesce(schedules -> $2, '{}') || $3::jsonb)
       where id = $1`, [applicationId, direction, JSON.stringify(patch)]);
    assert(changed === 1, "an application that is locked is there");
  },

  async waiting(tx) {
    const [row] = await tx.query<{ own: number }>(
      "select count(*)::int as own from run where state = 'queued'");
    const all = await tx.asService((sql) => sql.query<{ imports: number; late: number }>(
      `select
         (select count(*)::int from (
            select from joinery.application_task
            where kind = 'import' and due_at <= clock_timestamp()
              and (leased_until is null or leased_until < clock_timestamp())
            limit $1) i) as imports,
         (select count(*)::int from (
            select from joinery.application_task
            where kind = 'schedule' and due_at <= clock_timestamp() + interval '1 minute'
            limit $1) s) as late`, [countedMax]));
    return { own: row?.own ?? 0, imports: all[0]?.imports ?? 0, late: all[0]?.late ?? 0 };
  },

  async hasDue(tx, now) {
    const [row] = await tx.query<{ has: boolean }>(
      `select exists (select from due where waits is null)
         or exists (select from identity_view where next_due_at <= $1) as has`, [now]);
    return row?.has === true;
  },
};

function toSchedule(applicationId: string, direction: Direction, kept: Kept): Schedule {
  return {
    applicationId,
    direction,
    settings: kept.settings,
    paused: kept.paused ?? false,
    nextAt: toDate(kept.nextAt),
    lastAt: toDate(kept.lastAt),
    lastOutcome: kept.lastOutcome ?? null,
    lastRunId: kept.lastRunId ?? null,
  };
}

function toDate(text: string | null | undefined): Date | null {
  return text ? new Date(text) : null;
}
