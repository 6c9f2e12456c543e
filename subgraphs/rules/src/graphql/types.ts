import { PageInfo, UserError } from "@joinery/kit";
import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Field, InputType, Int, ObjectType } from "type-graphql";

@ObjectType({ description: "One version of the organisation's rule set." })
export class RuleSet {
  @Field(() => Int, { description: "Counts up within the organisation." })
  version!: number;

  @Field(() => String, {
    description: "SHA-256 of its canonical JSON (RFC 8785); runs are pinned to it.",
  })
  hash!: string;

  @Field(() => String, { description: "`draft`, `published`, `active` or `retired`." })
  state!: string;

  @Field(() => GraphQLJSONObject, { description: "The rule set itself." })
  body!: object;

  @Field(() => String, { description: "What its author says of it." })
  note!: string;

  @Field(() => String, { description: "Id of the operator who made it." })
  createdBy!: string;

  @Field(() => GraphQLDateTime, { description: "When it was made." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When it was published; null for a draft.",
  })
  publishedAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When vault and applications both held it; null before.",
  })
  activatedAt!: Date | null;
}

@ObjectType({ description: "A page of versions, newest first." })
export class RuleSetConnection {
  @Field(() => [RuleSet], { description: "Versions of this page." })
  nodes!: RuleSet[];

  @Field(() => PageInfo, { description: "Where the page ends." })
  pageInfo!: PageInfo;
}

@ObjectType({ description: "What is wrong at one place of a rule set." })
export class RuleProblem {
  @Field(() => String, { description: "Stable code." })
  code!: string;

  @Field(() => String, { description: "Where: a JSON pointer (RFC 6901) into the rule set." })
  path!: string;

  @Field(() => String, { description: "What is wrong, and what would be right." })
  message!: string;
}

@InputType({ description: "A rule set to keep as the next version." })
export class CreateRuleSetInput {
  @Field(() => GraphQLJSONObject, { description: "The rule set: see the engine's README." })
  body!: object;

  @Field(() => String, {
    defaultValue: "",
    description: "What it changes, for those who come later.",
  })
  note!: string;
}

@ObjectType({ description: "The version, or why there is none." })
export class RuleSetPayload {
  @Field(() => RuleSet, { nullable: true, description: "Null when it was refused." })
  ruleSet!: RuleSet | null;

  @Field(() => [UserError], {
    description: "RULE_SET_INVALID, RULE_SET_NOT_FOUND, RULE_SET_PUBLISHED, RULE_SET_TOO_LARGE.",
  })
  errors!: UserError[];

  @Field(() => [RuleProblem], { description: "All problems behind RULE_SET_INVALID." })
  problems!: RuleProblem[];
}
