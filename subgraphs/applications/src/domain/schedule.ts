export const directions = ["import", "outbound"] as const;
/**
 * `import` reads the system; `outbound` plans for whoever became due since, as dates do that rules
 * look at, without reading anything.
 */
export type Direction = (typeof directions)[number];

export const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
export type Weekday = (typeof weekdays)[number];

/** Hours of the schedule's time zone in which runs may begin; past midnight where `to` is less. */
export interface ScheduleWindow {
  /** On which days it opens; every day unless said. */
  readonly days?: readonly Weekday[];
  /** `HH:MM`. */
  readonly from: string;
  /** `HH:MM`, not included. */
  readonly to: string;
}

/** From one instant to another (RFC 3339), the second not included, no run begins. */
export interface ScheduleBlackout {
  readonly from: string;
  readonly to: string;
}

/** When runs begin: either every so many minutes or by cron. */
export interface ScheduleSettings {
  readonly everyMinutes?: number;
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  readonly cron?: string;
  /** IANA name, of cron and windows; `UTC` unless said. */
  readonly timeZone?: string;
  /** Any time where there is none. */
  readonly windows?: readonly ScheduleWindow[];
  readonly blackouts?: readonly ScheduleBlackout[];
  /** An import reads what changed, and everything once a day; unless said, where it is watched. */
  readonly changesOnly?: boolean;
}

/** One of an application's two schedules, and how far it is. */
export interface Schedule {
  readonly applicationId: string;
  readonly direction: Direction;
  readonly settings: ScheduleSettings;
  readonly paused: boolean;
  /** Null when there is no time left at which it could begin. */
  readonly nextAt: Date | null;
  /** When it was last due and acted upon. */
  readonly lastAt: Date | null;
  /** `STARTED`, or the code of why no run was started. */
  readonly lastOutcome: string | null;
  readonly lastRunId: string | null;
}

export const defaultSettings: Readonly<Record<Direction, ScheduleSettings>> = {
  import: { everyMinutes: 60 },
  outbound: { everyMinutes: 15 },
};
