import { UserError } from "@joinery/kit";
import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, InputType, Int, ObjectType } from "type-graphql";

const kindField = {
  description: "`user` or `group`.",
  defaultValue: "user",
} as const;

@InputType({ description: "An account or group of the application, as its partner names it." })
export class PushedReferenceInput {
  @Field(() => String, { description: "The partner's own permanent id of it." })
  externalId!: string;

  @Field(() => String, kindField)
  kind!: string;
}

@InputType({ description: "An account or group as it is to be." })
export class PushedAccountInput extends PushedReferenceInput {
  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      "All that is said of it, as a SCIM resource or by the names that mappers see " +
      "(`userName`, `name.givenName`, `emails[type eq \"work\"].value`); what is left out is " +
      "cleared. Null leaves it as it is.",
  })
  attributes!: Record<string, unknown> | null;

  @Field(() => [PushedReferenceInput], {
    nullable: true,
    description: "Whoever is in the group, whole. Null leaves them as they are.",
  })
  members!: PushedReferenceInput[] | null;

  @Field(() => [PushedReferenceInput], {
    nullable: true,
    description: "Who comes into the group; not together with `members`.",
  })
  addMembers!: PushedReferenceInput[] | null;

  @Field(() => [PushedReferenceInput], {
    nullable: true,
    description: "Who leaves the group; not together with `members`.",
  })
  removeMembers!: PushedReferenceInput[] | null;

  @Field(() => Int, {
    nullable: true,
    description: "Only if it has this version; 0: only if there is none. Null: in any case.",
  })
  version!: number | null;
}

@InputType({ description: "An account or group that is to go." })
export class PushedDeletionInput extends PushedReferenceInput {
  @Field(() => Int, { nullable: true, description: "Only if it has this version." })
  version!: number | null;
}

@InputType({ description: "A batch." })
export class PushAccountsInput {
  @Field(() => [PushedAccountInput], {
    description: "1 to 1,000, with 10,000 members in all at most; in any order.",
  })
  accounts!: PushedAccountInput[];
}

@InputType({ description: "A batch of deletions." })
export class PushDeletionsInput {
  @Field(() => [PushedDeletionInput], { description: "1 to 1,000." })
  accounts!: PushedDeletionInput[];
}

@ObjectType({ description: "What became of one object." })
export class PushResult {
  @Field(() => String, { description: "As it was sent." })
  externalId!: string;

  @Field(() => String, { description: "As it was sent." })
  kind!: string;

  @Field(() => String, {
    description:
      "`created`, `updated`, `unchanged`, `deleted`, `absent` (there was none to delete) or " +
      "`refused`.",
  })
  outcome!: string;

  @Field(() => ID, { nullable: true, description: "Its id here; null when there is none." })
  id!: string | null;

  @Field(() => Int, { nullable: true, description: "Its version now; null when there is none." })
  version!: number | null;

  @Field(() => UserError, {
    nullable: true,
    description:
      "PUSH_INVALID, PUSH_REPEATED, PUSH_AMBIGUOUS, PUSH_NOT_FOUND, PUSH_NAME_TAKEN, " +
      "PUSH_MEMBER_UNKNOWN, PUSH_VERSION_CONFLICT; null unless it was refused.",
  })
  error!: UserError | null;
}

@ObjectType({ description: "What became of a batch, object by object, or why none was looked at." })
export class PushPayload {
  @Field(() => [PushResult], { description: "In the order of the batch; none after an error." })
  results!: PushResult[];

  @Field(() => [UserError], { description: "PUSH_TOO_LARGE, PUSH_CLOSED. Nothing was written." })
  errors!: UserError[];
}
