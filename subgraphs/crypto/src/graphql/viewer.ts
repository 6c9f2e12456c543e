import type { Role } from "@joinery/kit";
import { Ctx, Field, ObjectType, Query, Resolver } from "type-graphql";
import { findViewer } from "../app/find-viewer.js";
import type { Context } from "./context.js";
import { Operator } from "./operator.js";
import { Organisation } from "./organisation.js";
import { roleEnum } from "./role-enum.js";

@ObjectType({ description: "Who asks, and what they may do." })
export class Viewer {
  @Field(() => Operator, { description: "The person." })
  operator!: Operator;

  @Field(() => Organisation, { description: "The organisation of this session." })
  organisation!: Organisation;

  @Field(() => roleEnum, { description: "Their role in it." })
  role!: Role;

  @Field(() => [String], { description: "What that allows, each as `noun:verb`." })
  permissions!: string[];
}

@Resolver()
export class ViewerQuery {
  @Query(() => Viewer, {
    nullable: true,
    description: "Who is signed in. Null before sign-in, and for callers that are no person.",
  })
  async viewer(@Ctx() { deps, actor }: Context): Promise<Viewer | null> {
    return findViewer(deps, actor);
  }
}
