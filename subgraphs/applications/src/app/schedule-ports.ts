import type { Waiting } from "../domain/admission.js";
import type { Direction, Schedule, ScheduleSettings } from "../domain/schedule.js";
import type { Tx } from "./ports.js";

export interface ScheduleChange {
  readonly settings?: ScheduleSettings;
  readonly paused?: boolean;
  readonly nextAt?: Date | null;
  readonly last?: {
    readonly at: Date;
    readonly outcome: string;
    /** The run that was started, or that was in the way. */
    readonly runId: string | null;
  };
}

export interface SchedulePort {
  /** The database's: one clock for every process, whatever each one's own says. */
  now(tx: Tx): Promise<Date>;
  /** Both of an application that is new, due one interval after `now`. */
  add(tx: Tx, applicationId: string, now: Date): Promise<void>;
  /** Of these applications, import before outbound. */
  ofApplications(tx: Tx, applicationIds: readonly string[]): Promise<readonly Schedule[]>;
  change(
    tx: Tx,
    applicationId: string,
    direction: Direction,
    change: ScheduleChange,
  ): Promise<void>;
  /** `imports` and `late` are counted up to a thousand. */
  waiting(tx: Tx): Promise<Waiting>;
  /** Whether somebody is due for outbound, or a date has come. */
  hasDue(tx: Tx, now: Date): Promise<boolean>;
}
