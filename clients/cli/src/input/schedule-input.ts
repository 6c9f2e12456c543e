import type { SetScheduleInput } from "@joinery/sdk";
import { InvalidArgumentError } from "commander";

export interface ScheduleFlags {
  readonly every?: number;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly window?: readonly Window[];
  readonly blackout?: readonly Blackout[];
  readonly changes?: boolean;
}

type Window = NonNullable<SetScheduleInput["windows"]>[number];
type Blackout = NonNullable<SetScheduleInput["blackouts"]>[number];

const minutesOf = { m: 1, h: 60, d: 1_440 } as const;

/** `15m`, `6h`, `1d` as minutes. */
export function everyFlag(text: string): number {
  const [, n, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const minutes = Number(n) * minutesOf[unit as keyof typeof minutesOf];
  if (minutes >= 1 && minutes <= 44_640) return minutes;
  throw new InvalidArgumentError("15m, 6h or 1d, from 1m to 31d.");
}

const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** `22:00-06:00`, `mon-fri 08:00-18:00` or `sat,sun 00:00-12:00`; once more each time. */
export function windowFlag(text: string, before: readonly Window[] = []): readonly Window[] {
  const [, days, from, to] =
    /^(?:([a-z,-]+) )?(\d{2}:\d{2})-(\d{2}:\d{2})$/.exec(text.toLowerCase()) ?? [];
  if (from === undefined || to === undefined) {
    throw new InvalidArgumentError('22:00-06:00 or "mon-fri 08:00-18:00".');
  }
  return [...before, { from, to, ...(days === undefined ? {} : { days: daysOf(days) }) }];
}

function daysOf(text: string): string[] {
  return text.split(",").flatMap((part) => {
    const [first = "", last = first] = part.split("-");
    const [from, to] = [weekdays.indexOf(first), weekdays.indexOf(last)];
    if (from < 0 || to < 0) throw new InvalidArgumentError("days are mon … sun.");
    return from <= to
      ? weekdays.slice(from, to + 1)
      : [...weekdays.slice(from), ...weekdays.slice(0, to + 1)];
  });
}

/** `2026-12-24T00:00+01:00/2026-12-27T00:00+01:00`; once more each time. */
export function blackoutFlag(text: string, before: readonly Blackout[] = []): readonly Blackout[] {
  const [from, to, ...rest] = text.split("/");
  if (!from || !to || rest.length > 0) {
    throw new InvalidArgumentError("2026-12-24T00:00:00Z/2026-12-27T00:00:00Z.");
  }
  return [...before, { from, to }];
}

/** The whole schedule; whether it is right is the server's to say. */
export function toScheduleInput(
  applicationId: string,
  direction: string,
  { every, cron, timeZone, window, blackout, changes }: ScheduleFlags,
): SetScheduleInput {
  return {
    applicationId,
    direction,
    ...(every === undefined ? {} : { everyMinutes: every }),
    ...(cron === undefined ? {} : { cron }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(window === undefined ? {} : { windows: [...window] }),
    ...(blackout === undefined ? {} : { blackouts: [...blackout] }),
    ...(changes === undefined ? {} : { changesOnly: changes }),
  };
}
