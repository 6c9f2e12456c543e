import { PageInfo } from "@joinery/kit";
import { GraphQLJSONObject, GraphQLJSON } from "graphql-scalars";
import { Directive, Field, ID, Int, ObjectType } from "type-graphql";

@ObjectType({ description: "An account that is joined to an identity, and by which rule." })
export class Join {
  @Field(() => ID, { description: "The account." })
  accountId!: string;

  @Field(() => ID, { description: "Its application." })
  applicationId!: string;

  @Field(() => String, { description: "Immutable identifier in the application." })
  anchor!: string;

  @Field(() => String, { description: "Changeable identifier in the application." })
  name!: string;

  @Field(() => String, { description: "`present` or `gone`." })
  state!: string;

  @Field(() => String, { description: "`joined`, `unmatched`, `disputed` or `failed`." })
  situation!: string;

  @Field(() => String, {
    description: "`primary` unless the account is another of the same person.",
  })
  joinKind!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "Joining rule; `new` when the account made the identity, `given` when we made the account.",
  })
  joinRule!: string | null;

  @Field(() => [ID], { nullable: true, description: "Identities that claim a disputed account." })
  candidates!: readonly string[] | null;

  @Field(() => String, { nullable: true, description: "Code of what kept its values out." })
  failureCode!: string | null;

  @Field(() => String, { nullable: true, description: "Mapper that failed." })
  failureMapper!: string | null;
}

@ObjectType({ description: "One source's wish for one attribute." })
export class Wish {
  @Field(() => GraphQLJSON, { description: "What it wishes." })
  value!: unknown;

  @Field(() => String, { description: "`application`, `rule`, `manual` or `generated`." })
  kind!: string;

  @Field(() => String, { description: "Application key, rule, or who edited by hand." })
  source!: string;

  @Field(() => ID, { nullable: true, description: "The account that the value comes from." })
  accountId!: string | null;

  @Field(() => String, { nullable: true, description: "Mapper that made the value." })
  mapper!: string | null;

  @Field(() => Int, { description: "Lower wins among equal strengths." })
  precedence!: number;

  @Field(() => String, { description: "`strong`, `normal` or `weak`." })
  strength!: string;

  @Field(() => Boolean, { description: "Whether this is the value that the identity has." })
  won!: boolean;
}

@ObjectType({ description: "Why an attribute of an identity is what it is." })
export class AttributeWhy {
  @Field(() => String, { description: "Attribute of the vault's schema." })
  attribute!: string;

  @Field(() => GraphQLJSON, { nullable: true, description: "Its value now; null for none." })
  value!: unknown;

  @Field(() => [Wish], {
    description: "Every source that wishes something, the winner among them.",
  })
  wishes!: Wish[];
}

@ObjectType({ description: "The other end of a membership." })
export class Membership {
  @Field(() => ID, { description: "The group or the member." })
  id!: string;

  @Field(() => String, { description: "Its label." })
  label!: string;

  @Field(() => [String], { description: "What wants the membership: `rule:…` or `application:…`." })
  origins!: string[];
}

@ObjectType({ description: "A page of memberships." })
export class MembershipConnection {
  @Field(() => [Membership], { description: "Memberships of this page." })
  nodes!: Membership[];

  @Field(() => PageInfo, { description: "Where the page ends." })
  pageInfo!: PageInfo;
}

@ObjectType({ description: "A person or group of the vault, merged from its accounts." })
@Directive('@key(fields: "id")')
export class Identity {
  @Field(() => ID, { description: "Permanent id." })
  id!: string;

  @Field(() => String, { description: "`user` or `group`." })
  kind!: string;

  @Field(() => String, { description: "What lists call it." })
  label!: string;

  @Field(() => GraphQLJSONObject, { description: "Attributes of the vault's schema." })
  attributes!: Record<string, unknown>;

  @Field(() => Int, { description: "Classification code; 0 for none." })
  classification!: number;

  @Field(() => Int, { description: "Counts its changes." })
  revision!: number;

  @Field(() => String, { description: "`active`, or `gone` when no authoritative source has it." })
  state!: string;

  @Field(() => Date, { description: "When it last changed." })
  updatedAt!: Date;
}

@ObjectType({ description: "A page of identities." })
export class IdentityConnection {
  @Field(() => [Identity], { description: "Identities of this page." })
  nodes!: Identity[];

  @Field(() => PageInfo, { description: "Where the page ends." })
  pageInfo!: PageInfo;
}

@ObjectType({ description: "A page of accounts that wait for somebody." })
export class JoinConnection {
  @Field(() => [Join], { description: "Accounts of this page." })
  nodes!: Join[];

  @Field(() => PageInfo, { description: "Where the page ends." })
  pageInfo!: PageInfo;
}

@ObjectType({ description: "How many active identities there are." })
export class IdentityCounts {
  @Field(() => Int, { description: "People." })
  users!: number;

  @Field(() => Int, { description: "Groups." })
  groups!: number;
}
