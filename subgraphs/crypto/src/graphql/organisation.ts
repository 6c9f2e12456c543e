import { GraphQLDateTime } from "graphql-scalars";
import { Ctx, Directive, Field, ID, ObjectType, Query, Resolver } from "type-graphql";
import { findOrganisation, getOwnOrganisation } from "../app/organisations.js";
import type { Context } from "./context.js";

@Directive('@key(fields: "id")')
@ObjectType({ description: "Who owns data: everything belongs to one organisation." })
export class Organisation {
  @Field(() => ID, { description: "Never changes." })
  id!: string;

  @Field(() => String, { description: "As people call it." })
  name!: string;

  @Field(() => String, { description: "Short name for signing in; unique." })
  slug!: string;

  @Field(() => GraphQLDateTime, { description: "When it was made." })
  createdAt!: Date;
}

@Resolver()
export class OrganisationQuery {
  @Query(() => Organisation, {
    nullable: true,
    description: "The organisation that the caller works in. Null when it is out of service.",
  })
  async organisation(@Ctx() { deps, actor }: Context): Promise<Organisation | null> {
    return getOwnOrganisation(deps, actor);
  }
}

/** Null for every organisation but the caller's own. */
export async function organisationReference(
  key: Readonly<Record<string, string>>,
  { deps, actor }: Context,
): Promise<Organisation | null> {
  return findOrganisation(deps, actor, key["id"] ?? "");
}
