import { UserError } from "@joinery/kit";
import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import type { Outcome } from "../domain/outcome.js";
import type { Direction, Schedule as DomainSchedule, Weekday } from "../domain/schedule.js";
import { SettingProblem } from "./application-type.js";

@ObjectType({ description: "Hours in which runs may begin." })
export class ScheduleWindow {
  @Field(() => [String], { description: "On which days it opens: `mon` … `sun`; empty: each." })
  days!: readonly Weekday[];

  @Field(() => String, { description: "`HH:MM` in the schedule's time zone." })
  from!: string;

  @Field(() => String, { description: "`HH:MM`, not included; past midnight where it is less." })
  to!: string;
}

@ObjectType({ description: "Time in which no run begins." })
export class ScheduleBlackout {
  @Field(() => String, { description: "From this instant (RFC 3339)." })
  from!: string;

  @Field(() => String, { description: "To this instant, not included." })
  to!: string;
}

@ObjectType({ description: "When runs of an application begin by themselves." })
export class Schedule {
  @Field(() => ID, { description: "Of which application." })
  applicationId!: string;

  @Field(() => String, {
    description: "`import` reads the system; `outbound` plans for whoever became due.",
  })
  direction!: string;

  @Field(() => Int, { nullable: true, description: "Every so many minutes; null: by cron." })
  everyMinutes!: number | null;

  @Field(() => String, {
    nullable: true, description: "Cron with five fields; null: every so many minutes.",
  })
  cron!: string | null;

  @Field(() => String, { description: "IANA time zone of cron and windows." })
  timeZone!: string;

  @Field(() => [ScheduleWindow], { description: "When runs may begin; empty: at any time." })
  windows!: readonly ScheduleWindow[];

  @Field(() => [ScheduleBlackout], { description: "When no run begins." })
  blackouts!: readonly ScheduleBlackout[];

  @Field(() => Boolean, {
    nullable: true,
    description: "Read what changed, everything once a day; null: where it is watched.",
  })
  changesOnly!: boolean | null;

  @Field(() => Boolean, { description: "No run begins by it until it is resumed." })
  paused!: boolean;

  @Field(() => GraphQLDateTime, {
    nullable: true, description: "When it is due; null when there is no time left.",
  })
  nextAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it was due last." })
  lastAt!: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      "What became of it: `STARTED`, `NOTHING_DUE`, `RUN_OPEN`, `RUN_HELD`, or the code of why " +
      "the application does not run; null before the first time.",
  })
  lastOutcome!: string | null;

  @Field(() => ID, {
    nullable: true, description: "The run that began or was in the way; it may be forgotten.",
  })
  lastRunId!: string | null;
}

@InputType({ description: "Hours in which runs may begin." })
class ScheduleWindowInput {
  @Field(() => [String], { nullable: true, description: "`mon` … `sun`; each unless said." })
  days?: Weekday[];

  @Field(() => String, { description: "`HH:MM`." })
  from!: string;

  @Field(() => String, { description: "`HH:MM`, not included; past midnight where it is less." })
  to!: string;
}

@InputType({ description: "Time in which no run begins." })
class ScheduleBlackoutInput {
  @Field(() => String, { description: "From this instant (RFC 3339)." })
  from!: string;

  @Field(() => String, { description: "To this instant, not included." })
  to!: string;
}

@InputType({ description: "The whole of a schedule; what is left out is as by default." })
export class SetScheduleInput {
  @Field(() => ID, { description: "Of which application." })
  applicationId!: string;

  @Field(() => String, { description: "`import` or `outbound`." })
  direction!: Direction;

  @Field(() => Int, { nullable: true, description: "1 to 44,640; either this or cron." })
  everyMinutes?: number;

  @Field(() => String, {
    nullable: true, description: "Minute, hour, day of the month, month, day of the week.",
  })
  cron?: string;

  @Field(() => String, { nullable: true, description: "IANA time zone; `UTC` unless said." })
  timeZone?: string;

  @Field(() => [ScheduleWindowInput], { nullable: true, description: "20 at most." })
  windows?: ScheduleWindowInput[];

  @Field(() => [ScheduleBlackoutInput], { nullable: true, description: "50 at most." })
  blackouts?: ScheduleBlackoutInput[];

  @Field(() => Boolean, {
    nullable: true, description: "Imports: read what changed, everything once a day.",
  })
  changesOnly?: boolean;
}

@ObjectType({ description: "The schedule, or why nothing was done." })
export class SchedulePayload {
  @Field(() => Schedule, { nullable: true, description: "Null when refused." })
  schedule!: Schedule | null;

  @Field(() => [UserError], { description: "SCHEDULE_INVALID, APPLICATION_NOT_FOUND." })
  errors!: UserError[];

  @Field(() => [SettingProblem], { description: "All problems behind SCHEDULE_INVALID." })
  problems!: SettingProblem[];
}

export function toSchedule({ settings, ...rest }: DomainSchedule): Schedule {
  const { everyMinutes, cron, timeZone, windows, blackouts, changesOnly } = settings;
  return Object.assign(new Schedule(), {
    ...rest,
    everyMinutes: everyMinutes ?? null,
    cron: cron ?? null,
    timeZone: timeZone ?? "UTC",
    windows: (windows ?? []).map(({ days, from, to }) => ({ days: days ?? [], from, to })),
    blackouts: blackouts ?? [],
    changesOnly: changesOnly ?? null,
  });
}

export function toSchedulePayload(outcome: Outcome<DomainSchedule>): SchedulePayload {
  if (outcome.ok) return { schedule: toSchedule(outcome.value), errors: [], problems: [] };
  const { code, message, problems = [] } = outcome.error;
  return { schedule: null, errors: [{ code, message }], problems: [...problems] };
}
