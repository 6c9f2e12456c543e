import { PageInfo, UserError } from "@joinery/kit";
import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Directive, Field, ID, InputType, Int, ObjectType } from "type-graphql";
import type { Application as DomainApplication } from "../domain/application.js";

@ObjectType({ description: "How a system has answered lately." })
export class ApplicationHealth {
  @Field(() => Int, { description: "Reads and exports that failed in a row." })
  failures!: number;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When the first of them was." })
  failingSince!: Date | null;

  @Field(() => String, { nullable: true, description: "Code of the last failure." })
  code!: string | null;

  @Field(() => String, { nullable: true, description: "Why it failed last." })
  reason!: string | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Since when it is in quarantine: nothing is asked but whether it answers.",
  })
  quarantinedAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it is asked again." })
  probeAt!: Date | null;
}

@ObjectType({ description: "A connected system." })
@Directive('@key(fields: "id")')
export class Application {
  @Field(() => ID, { description: "Permanent id." })
  id!: string;

  @Field(() => String, { description: "How rule sets call it." })
  key!: string;

  @Field(() => String, { description: "How people call it." })
  name!: string;

  @Field(() => String, {
    description:
      "Kind of connector: `csv`, `ldap`, `active-directory`, `scim`, `sql`, `http-json`.",
  })
  connector!: string;

  @Field(() => GraphQLJSONObject, {
    description: "Settings of the connector that its connection does not say; secrets by name.",
  })
  configuration!: object;

  @Field(() => ID, {
    nullable: true,
    description: "The connection that it shares with others; null where it has none.",
  })
  connectionId!: string | null;

  @Field(() => Boolean, { description: "Whether it is read; always while `provisions` is." })
  imports!: boolean;

  @Field(() => Boolean, {
    description: "Whether rules may write to it, after one complete import of it.",
  })
  provisions!: boolean;

  @Field(() => [String], { description: "Kinds whose accounts may create identities." })
  authoritativeFor!: readonly string[];

  @Field(() => String, {
    description: "`sandbox`, `semi-automatic` or `live`; only `live` runs yet.",
  })
  phase!: string;

  @Field(() => Boolean, { description: "Emergency stop: nothing is written, the queue stays." })
  stopped!: boolean;

  @Field(() => GraphQLJSONObject, {
    description: "Its attributes by kind, as told and as overridden.",
  })
  schema!: object;

  @Field(() => GraphQLJSONObject, {
    description: "Limits of the guard by class, where not the defaults.",
  })
  limits!: object;

  @Field(() => GraphQLJSONObject, { description: "Rate, retries and how references are written." })
  exportPolicy!: object;

  @Field(() => [String], { description: "Names and anchors of accounts that no rule writes." })
  protectedNames!: readonly string[];

  @Field(() => Boolean, { description: "Changes are imported as they come." })
  watched!: boolean;

  @Field(() => String, {
    nullable: true,
    description: "Code of why nobody listens though it is watched; null while somebody does.",
  })
  watchCode!: string | null;

  @Field(() => String, { nullable: true, description: "Why nobody listens." })
  watchReason!: string | null;

  @Field(() => String, { description: "`active` or `deleted`." })
  state!: string;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "First complete import; no create before it.",
  })
  firstImportAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "Nothing is written until then." })
  pausedUntil!: Date | null;

  @Field(() => String, { nullable: true, description: "Code of why it is paused." })
  pauseCode!: string | null;

  @Field(() => String, { nullable: true, description: "Why it is paused." })
  pauseReason!: string | null;

  @Field(() => ApplicationHealth, { description: "How it has answered lately." })
  health!: ApplicationHealth;

  @Field(() => GraphQLDateTime, { description: "When it was added." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: "When it last changed." })
  updatedAt!: Date;
}

@ObjectType({ description: "A page of applications." })
export class ApplicationConnection {
  @Field(() => [Application], { description: "Applications of this page." })
  nodes!: Application[];

  @Field(() => PageInfo, { description: "Where the page ends." })
  pageInfo!: PageInfo;
}

@InputType({ description: "Settings that can be changed later." })
class ApplicationSettings {
  @Field(() => [String], {
    nullable: true,
    description: "Kinds whose accounts may create identities.",
  })
  authoritativeFor?: ("user" | "group")[];

  @Field(() => String, { nullable: true, description: "`live` unless said." })
  phase?: "sandbox" | "semi-automatic" | "live";

  @Field(() => GraphQLJSONObject, { nullable: true, description: "Limits of the guard by class." })
  limits?: object;

  @Field(() => GraphQLJSONObject, { nullable: true, description: "Rate, retries, references." })
  exportPolicy?: object;

  @Field(() => [String], { nullable: true, description: "Accounts that no rule writes." })
  protectedNames?: string[];

  @Field(() => Boolean, {
    nullable: true,
    description: "Import changes as they come, where the connector listens; `false` unless said.",
  })
  watched?: boolean;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: "What to override of its schema.",
  })
  schema?: object;

  @Field(() => String, {
    nullable: true,
    description: "Id or key of the connection that says what `configuration` does not; \"\": none.",
  })
  connection?: string;

  @Field(() => Boolean, { nullable: true, description: "Whether it is read; `true` unless said." })
  imports?: boolean;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether rules may write to it; `true` unless said, and sets `imports`.",
  })
  provisions?: boolean;
}

@InputType({ description: "A system to connect." })
export class AddApplicationInput extends ApplicationSettings {
  @Field(() => String, { description: "How rule sets will call it: a–z, 0–9 and -." })
  key!: string;

  @Field(() => String, { description: "How people call it." })
  name!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "Kind of connector: `csv`, `ldap`, `active-directory`, `scim`, `sql`, `http-json`; " +
      "its connection's unless said.",
  })
  connector?: string;

  @Field(() => GraphQLJSONObject, { description: "Settings of the connector; secrets by name." })
  configuration!: object;
}

@InputType({ description: "What to change; what is left out stays." })
export class UpdateApplicationInput extends ApplicationSettings {
  @Field(() => ID, { description: "Which application." })
  id!: string;

  @Field(() => String, { nullable: true, description: "How people call it." })
  name?: string;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: "Settings of the connector, in full.",
  })
  configuration?: object;
}

@ObjectType({ description: "One setting that is not right." })
export class SettingProblem {
  @Field(() => String, { description: "Which: `configuration.path`." })
  setting!: string;

  @Field(() => String, { description: "What is wrong, and what would be right." })
  message!: string;
}

@ObjectType({ description: "Whether the system answers with what is configured." })
export class ConnectionState {
  @Field(() => Boolean, { description: "Whether it could be reached and signed in to." })
  ok!: boolean;

  @Field(() => String, { nullable: true, description: "Code of why not." })
  code!: string | null;

  @Field(() => String, { nullable: true, description: "Why not." })
  reason!: string | null;
}

@ObjectType({ description: "The application, or why nothing was done." })
export class ApplicationPayload {
  @Field(() => Application, { nullable: true, description: "Null when refused." })
  application!: Application | null;

  @Field(() => ConnectionState, { nullable: true, description: "Where the system was looked at." })
  connection!: ConnectionState | null;

  @Field(() => [UserError], {
    description:
      "APPLICATION_INVALID, APPLICATION_KEY_TAKEN, APPLICATION_NOT_FOUND, " +
      "CONNECTION_NOT_FOUND, CONNECTOR_UNKNOWN, RUN_OPEN, RUN_HELD.",
  })
  errors!: UserError[];

  @Field(() => [SettingProblem], { description: "All problems behind APPLICATION_INVALID." })
  problems!: SettingProblem[];
}

export function toApplication(application: DomainApplication): Application {
  const { schemaOverride: _override, revision: _revision, whole: _whole, ...rest } = application;
  return Object.assign(new Application(), rest);
}
