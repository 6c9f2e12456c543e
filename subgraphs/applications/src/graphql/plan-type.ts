import { UserError } from "@joinery/kit";
import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import type { PatternView } from "../domain/views.js";
import { PlanItem, toPlanItem } from "./run-type.js";

@ObjectType({ description: "How one attribute changes, without what differs between people." })
export class PatternChange {
  @Field(() => String, { description: "The attribute; `$enabled` is the state." })
  attribute!: string;

  @Field(() => String, {
    description: "`set`, `cleared`, `case`, `spacing`, `domain` (of an address) or `changed`.",
  })
  change!: string;

  @Field(() => String, { nullable: true, description: "State or domain before." })
  from!: string | null;

  @Field(() => String, { nullable: true, description: "State or domain after." })
  to!: string | null;
}

@ObjectType({ description: "What many planned changes have in common." })
export class PlanPattern {
  @Field(() => String, { description: "Names it in an approval: 32 hexadecimal digits." })
  digest!: string;

  @Field(() => ID, { description: "The application that is written to." })
  applicationId!: string;

  @Field(() => String, { description: "`create`, `update`, `delete` or `members`." })
  operation!: string;

  @Field(() => String, { description: "`user` or `group`." })
  kind!: string;

  @Field(() => [PatternChange], { description: "How attributes change." })
  changes!: PatternChange[];

  @Field(() => [String], { description: "Ids of the rules and mappers that produced them." })
  because!: readonly string[];

  @Field(() => Int, { description: "How many changes." })
  items!: number;

  @Field(() => PlanItem, { description: "One of them." })
  sample!: PlanItem;
}

@ObjectType({ description: "How a plan differs from the one of the simulation before." })
export class SimulationDifference {
  @Field(() => ID, { description: "The simulation before." })
  runId!: string;

  @Field(() => Int, { description: "Changes that were not planned then." })
  appeared!: number;

  @Field(() => Int, { description: "Changes that are not planned any more." })
  gone!: number;

  @Field(() => Int, { description: "Changes that are in both." })
  stayed!: number;
}

@ObjectType({ description: "What of an application waits for approval." })
export class Plan {
  @Field(() => ID, { description: "The application that would be written to." })
  applicationId!: string;

  @Field(() => Int, { description: "How many changes wait." })
  count!: number;

  @Field(() => GraphQLDateTime, { nullable: true, description: "Since when the oldest waits." })
  since!: Date | null;
}

@InputType({ description: "Which changes of a plan are meant: one of the three ways to say it." })
export class PlanDecisionInput {
  @Field(() => ID, { description: "The application." })
  applicationId!: string;

  @Field(() => [String], {
    nullable: true,
    description: "By hash: these, up to 1,000. Those that do not wait any more are counted only.",
  })
  hashes?: string[];

  @Field(() => String, {
    nullable: true,
    description: "By pattern: all of it, if it still comes to `root`.",
  })
  pattern?: string;

  @Field(() => String, {
    nullable: true,
    description: "What the pattern, or without one the whole plan, came to when it was looked at.",
  })
  root?: string;
}

@ObjectType({ description: "What was decided, or why nothing was." })
export class PlanPayload {
  @Field(() => Int, { description: "Changes that leave now, or were given up." })
  items!: number;

  @Field(() => Int, { description: "Changes that another person has to approve too." })
  pending!: number;

  @Field(() => Int, { description: "Hashes that wait for nobody any more." })
  unknown!: number;

  @Field(() => [UserError], {
    description: "APPLICATION_NOT_FOUND, PLAN_EMPTY, PLAN_MOVED, PLAN_DECISION_INVALID.",
  })
  errors!: UserError[];
}

export function toPlanPattern(view: PatternView): PlanPattern {
  const { digest, applicationId, items, changes, sample } = view;
  const { operation, kind, because } = sample;
  return Object.assign(new PlanPattern(), {
    digest, applicationId, operation, kind, because, items, sample: toPlanItem(sample),
    changes: changes.map((change) => Object.assign(new PatternChange(), change)),
  });
}
