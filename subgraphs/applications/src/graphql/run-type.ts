import { PageInfo, UserError } from "@joinery/kit";
import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Directive, Field, ID, Int, ObjectType } from "type-graphql";
import type { Run as DomainRun } from "../domain/run.js";
import type { ItemView, WaveView } from "../domain/views.js";

@ObjectType({ description: "A limit of the guard that a wave went over." })
export class GuardBreach {
  @Field(() => ID, { description: "Application whose limit it is." })
  applicationId!: string;

  @Field(() => String, { description: "`delete`, `disable`, `blanking`, `membershipRemoval`, …" })
  class!: string;

  @Field(() => Int, { description: "How many the wave would do." })
  n!: number;

  @Field(() => Int, { description: "The most that passes, together with the 24 hours before." })
  limit!: number;

  @Field(() => Int, { description: "What the limit is measured against." })
  population!: number;

  @Field(() => String, { description: "`share`, `half` or `small`." })
  rule!: string;
}

@ObjectType({ description: "One stage of a run." })
export class RunWave {
  @Field(() => ID, { description: "Its id." })
  id!: string;

  @Field(() => String, { description: "`import`, `inbound`, `outbound` or `export`." })
  process!: string;

  @Field(() => ID, { description: "The application that it reads or writes." })
  applicationId!: string;

  @Field(() => String, {
    description: "`computing`, `held`, `released`, `finished`, `failed` or `discarded`.",
  })
  state!: string;

  @Field(() => Int, { description: "Batches that it is made of." })
  batches!: number;

  @Field(() => GraphQLJSONObject, { description: "By situation, class and outcome." })
  counts!: object;

  @Field(() => GraphQLJSONObject, { description: "Of an export wave: its items by state." })
  items!: object;

  @Field(() => [GuardBreach], { description: "Why it is held." })
  breaches!: GuardBreach[];

  @Field(() => Boolean, { description: "Of an export wave: people sign it off (`Plan`)." })
  signOff!: boolean;
}

@ObjectType({ description: "One object that something went wrong with." })
export class RunErrorSample {
  @Field(() => String, { description: "Line, anchor or name." })
  object!: string;

  @Field(() => String, { description: "What was wrong; never with values." })
  reason!: string;
}

@ObjectType({ description: "What went wrong with some objects of a run, by code." })
export class RunError {
  @Field(() => String, { description: "Stable code." })
  code!: string;

  @Field(() => Int, { description: "How many objects." })
  count!: number;

  @Field(() => [RunErrorSample], { description: "Some of them." })
  samples!: RunErrorSample[];
}

@ObjectType({ description: "One planned change of one account, and what became of it." })
export class PlanItem {
  @Field(() => ID, { description: "Counts up in the order of planning." })
  id!: string;

  @Field(() => ID, { description: "The application that is written to." })
  applicationId!: string;

  @Field(() => ID, { description: "The account." })
  accountId!: string;

  @Field(() => ID, { nullable: true, description: "Whose account it is." })
  identityId!: string | null;

  @Field(() => String, { description: "`user` or `group`." })
  kind!: string;

  @Field(() => String, { description: "`create`, `update`, `delete` or `members`." })
  operation!: string;

  @Field(() => GraphQLJSONObject, {
    description: "Values before; null for none. `$enabled` is the state.",
  })
  before!: object;

  @Field(() => GraphQLJSONObject, { description: "Values after; null for none." })
  after!: object;

  @Field(() => [String], { description: "Ids of the rules and mappers that produced it." })
  because!: readonly string[];

  @Field(() => [String], { description: "Classes that the guard counts it in." })
  classes!: readonly string[];

  @Field(() => String, {
    description: "`proposed` (waits for approval), `open`, `waiting`, `done`, `failed`, `stale` " +
      "(planned again), `discarded` or `simulated` (never leaves).",
  })
  state!: string;

  @Field(() => String, {
    description: "What an approval names: HMAC-SHA-256 of the change under a key of the " +
      "organisation, hex.",
  })
  hash!: string;

  @Field(() => String, { description: "Digest of the pattern that it belongs to, hex." })
  pattern!: string;

  @Field(() => [ID], { description: "Who approved it, where people sign off." })
  approvedBy!: readonly string[];

  @Field(() => Int, { description: "How often it was sent." })
  attempts!: number;

  @Field(() => String, { nullable: true, description: "Code of its last failure." })
  code!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "What the application said; never with values.",
  })
  reason!: string | null;

  @Field(() => GraphQLDateTime, { description: "When it was planned." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it came to its end." })
  finishedAt!: Date | null;
}

@ObjectType({ description: "A page of planned changes." })
export class PlanItemConnection {
  @Field(() => [PlanItem], { description: "Items of this page." })
  nodes!: PlanItem[];

  @Field(() => PageInfo, { description: "Where the page ends." })
  pageInfo!: PageInfo;
}

@ObjectType({ description: "One execution of a plan: import, inbound, outbound, export." })
@Directive('@key(fields: "id")')
export class Run {
  @Field(() => ID, { description: "Permanent id; correlation of its events and audit entries." })
  id!: string;

  @Field(() => ID, { description: "The application that it reads." })
  applicationId!: string;

  @Field(() => String, {
    description:
      "`queued`, `importing`, `inbound`, `outbound`, `exporting`, " +
      "`held`, `finished`, `failed`, `discarded`.",
  })
  state!: string;

  @Field(() => String, {
    description: "`everything`; `changes` since the last import; `nothing`, where it tells the " +
      "vault anew what is held of the application; `simulation`, which only computes.",
  })
  reads!: string;

  @Field(() => String, { nullable: true, description: "Code of what ended it." })
  code!: string | null;

  @Field(() => String, { nullable: true, description: "What ended it, for people." })
  reason!: string | null;

  @Field(() => GraphQLJSONObject, { description: "Objects by what became of them." })
  counts!: object;

  @Field(() => GraphQLJSONObject, { description: "Milliseconds by what took them." })
  timings!: object;

  @Field(() => [RunError], { description: "What went wrong with single objects." })
  errors!: RunError[];

  @Field(() => String, {
    nullable: true,
    description: "Hash of the rule set that it is pinned to.",
  })
  ruleSetHash!: string | null;

  @Field(() => Int, { nullable: true, description: "Version of that rule set." })
  ruleSetVersion!: number | null;

  @Field(() => Int, { description: "Joined accounts when it began." })
  population!: number;

  @Field(() => ID, { description: "Who started it." })
  actorId!: string;

  @Field(() => GraphQLDateTime, { description: "When it was asked for." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When its work began." })
  startedAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it came to its end." })
  finishedAt!: Date | null;
}

@ObjectType({ description: "A page of runs, newest first." })
export class RunConnection {
  @Field(() => [Run], { description: "Runs of this page." })
  nodes!: Run[];

  @Field(() => PageInfo, { description: "Where the page ends." })
  pageInfo!: PageInfo;
}

@ObjectType({ description: "The run, or why nothing was done." })
export class RunPayload {
  @Field(() => Run, { nullable: true, description: "Null when refused." })
  run!: Run | null;

  @Field(() => [UserError], {
    description:
      "APPLICATION_NOT_FOUND, PHASE_NOT_AVAILABLE, RUN_OPEN, " +
      "RUN_HELD, RUN_NOT_FOUND, RUN_NOT_HELD, SIGN_OFF_NEEDED, SANDBOX_EMPTY.",
  })
  errors!: UserError[];

  @Field(() => ID, {
    nullable: true,
    description: "The run in the way, with RUN_OPEN and RUN_HELD.",
  })
  openRunId!: string | null;
}

export function toRun(run: DomainRun): Run {
  const { id, applicationId, state, reads, code, reason, counts, timings, population } = run;
  const errors = Object.entries(run.errors).map(([errorCode, { count, samples }]) => ({
    code: errorCode, count, samples: [...samples],
  }));
  return Object.assign(new Run(), {
    id, applicationId, state, reads, code, reason, counts, timings, population, errors,
    ruleSetHash: run.bundle,
    ruleSetVersion: run.bundleVersion,
    actorId: run.actor.id,
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
  });
}

export function toPlanItem(view: ItemView): PlanItem {
  const { runId: _runId, waveId: _waveId, ...rest } = view;
  return Object.assign(new PlanItem(), rest);
}

export function toRunWave(view: WaveView): RunWave {
  const { runId: _runId, breaches, ...rest } = view;
  return Object.assign(new RunWave(), { ...rest, breaches: breaches.map((each) => ({ ...each })) });
}
