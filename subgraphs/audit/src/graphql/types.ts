import { PageInfo } from "@joinery/kit";
import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Directive, Field, ID, ObjectType } from "type-graphql";

@ObjectType({ description: "One changed object, or one thing that somebody did." })
export class AuditEntry {
  @Field(() => ID, { description: "Position: dense within the organisation, in order of writing." })
  id!: string;

  @Field(() => GraphQLDateTime, { description: "When it happened." })
  at!: Date;

  @Field(() => String, { description: "`identity`, `account`, `membership`, `run`, `operator`, …" })
  objectKind!: string;

  @Field(() => ID, { description: "What changed." })
  objectId!: string;

  @Field(() => ID, { nullable: true, description: "Whose it is, where that is known." })
  identityId!: string | null;

  @Field(() => ID, { nullable: true, description: "The application concerned." })
  applicationId!: string | null;

  @Field(() => ID, { nullable: true, description: "The run that did it." })
  runId!: string | null;

  @Field(() => String, {
    description: "`create`, `update`, `import.create`, `export.update`, `session.open`, …",
  })
  operation!: string;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: "Changed attributes before; null for new.",
  })
  before!: object | null;

  @Field(() => GraphQLJSONObject, { nullable: true, description: "Changed attributes after." })
  after!: object | null;

  @Field(() => [String], { description: "Ids of the rules, mappers and joins that produced it." })
  because!: readonly string[];

  @Field(() => String, { description: "`person`, `system`, `key`, `scim` or `agent`." })
  actorKind!: string;

  @Field(() => ID, { description: "Who did it." })
  actorId!: string;
}

@ObjectType({ description: "A page of audit entries, newest first." })
export class AuditEntryConnection {
  @Field(() => [AuditEntry], { description: "Entries of this page." })
  nodes!: AuditEntry[];

  @Field(() => PageInfo, { description: "Where the page ends." })
  pageInfo!: PageInfo;
}

@ObjectType()
@Directive('@key(fields: "id")')
export class Identity {
  @Field(() => ID)
  id!: string;
}
