import { PageInfo } from "@joinery/kit";
import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { Directive, Field, ID, Int, ObjectType } from "type-graphql";
import type { AccountView } from "../domain/views.js";

@ObjectType({ description: "A person's or group's record in an application, as we know it." })
@Directive('@key(fields: "id")')
export class Account {
  @Field(() => ID, { description: "Permanent id." })
  id!: string;

  @Field(() => ID, { description: "Its application." })
  applicationId!: string;

  @Field(() => String, { description: "`user` or `group`." })
  kind!: string;

  @Field(() => String, {
    nullable: true,
    description: "Immutable identifier; null while it is planned.",
  })
  anchor!: string | null;

  @Field(() => String, { description: "Changeable identifier." })
  name!: string;

  @Field(() => GraphQLJSONObject, { description: "Attributes as the application has them." })
  attributes!: object;

  @Field(() => Boolean, {
    nullable: true,
    description: "Null where the application has no such state.",
  })
  enabled!: boolean | null;

  @Field(() => String, { description: "`planned`, `present` or `gone`." })
  state!: string;

  @Field(() => ID, { nullable: true, description: "The identity that it belongs to." })
  identityId!: string | null;

  @Field(() => Int, { description: "Counts its changes." })
  revision!: number;

  @Field(() => GraphQLDateTime, { description: "When it last changed." })
  updatedAt!: Date;
}

@ObjectType({ description: "A page of accounts." })
export class AccountConnection {
  @Field(() => [Account], { description: "Accounts of this page." })
  nodes!: Account[];

  @Field(() => PageInfo, { description: "Where the page ends." })
  pageInfo!: PageInfo;
}

export function toAccount(view: AccountView): Account {
  return Object.assign(new Account(), view);
}
