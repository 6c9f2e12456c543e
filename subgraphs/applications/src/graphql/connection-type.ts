import { PageInfo, UserError } from "@joinery/kit";
import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, InputType, ObjectType } from "type-graphql";
import type { Connection as DomainConnection } from "../domain/connection.js";
import { ConnectionState, SettingProblem } from "./application-type.js";

@ObjectType({ description: "A way to a system that several applications share." })
export class Connection {
  @Field(() => ID, { description: "Permanent id." })
  id!: string;

  @Field(() => String, { description: "How applications and people name it." })
  key!: string;

  @Field(() => String, { description: "How people call it." })
  name!: string;

  @Field(() => String, { description: "Kind of connector; its applications have the same." })
  connector!: string;

  @Field(() => GraphQLJSONObject, {
    description: "Settings that its applications have in common; secrets by name only.",
  })
  configuration!: object;

  @Field(() => GraphQLDateTime, { description: "When it was added." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: "When it last changed." })
  updatedAt!: Date;
}

@ObjectType({ description: "A page of connections." })
export class ConnectionConnection {
  @Field(() => [Connection], { description: "Connections of this page." })
  nodes!: Connection[];

  @Field(() => PageInfo, { description: "Where the page ends." })
  pageInfo!: PageInfo;
}

@InputType({ description: "A connection to add." })
export class AddConnectionInput {
  @Field(() => String, { description: "How applications will name it: a–z, 0–9 and -." })
  key!: string;

  @Field(() => String, { description: "How people call it." })
  name!: string;

  @Field(() => String, {
    description: "Kind of connector: `ldap`, `active-directory`, `scim`, `sql`, `http-json`.",
  })
  connector!: string;

  @Field(() => GraphQLJSONObject, {
    description: "Settings that its applications have in common: where it is, who we are there.",
  })
  configuration!: object;
}

@InputType({ description: "What to change; what is left out stays." })
export class UpdateConnectionInput {
  @Field(() => ID, { description: "Which connection, by id or key." })
  id!: string;

  @Field(() => String, { nullable: true, description: "How people call it." })
  name?: string;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: "The settings in common, in full; its applications connect anew by them.",
  })
  configuration?: object;
}

@ObjectType({ description: "How an attempt to use a connection ended." })
export class ConnectionCheck {
  @Field(() => String, {
    nullable: true,
    description: "Key of the application it was tried with; null where it was tried without.",
  })
  application!: string | null;

  @Field(() => ConnectionState, { description: "Whether the system answered." })
  state!: ConnectionState;
}

@ObjectType({ description: "The connection, or why nothing was done." })
export class ConnectionPayload {
  @Field(() => Connection, { nullable: true, description: "Null when refused." })
  connection!: Connection | null;

  @Field(() => [ConnectionCheck], { description: "Attempts to use it, where there were any." })
  checks!: ConnectionCheck[];

  @Field(() => [UserError], {
    description:
      "CONNECTION_INVALID, CONNECTION_IN_USE, CONNECTION_KEY_TAKEN, CONNECTION_NOT_FOUND, " +
      "CONNECTOR_UNKNOWN.",
  })
  errors!: UserError[];

  @Field(() => [SettingProblem], {
    description: "All problems behind CONNECTION_INVALID; who uses it behind CONNECTION_IN_USE.",
  })
  problems!: SettingProblem[];
}

export function toConnection({ revision: _revision, ...rest }: DomainConnection): Connection {
  return Object.assign(new Connection(), rest);
}
