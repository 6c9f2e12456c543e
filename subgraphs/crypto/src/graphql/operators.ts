import { firstArgument, fromCursor, intType, PageInfo, pageSize, toPage } from "@joinery/kit";
import { Arg, Ctx, Field, ObjectType, Query, Resolver } from "type-graphql";
import { listOperators } from "../app/read-operators.js";
import type { Context } from "./context.js";
import { Operator } from "./operator.js";

@ObjectType({ description: "A page of operators, in order of name." })
export class OperatorConnection {
  @Field(() => [Operator], { description: "The operators of this page." })
  nodes!: Operator[];

  @Field(() => PageInfo, { description: "Whether and where it goes on." })
  pageInfo!: PageInfo;
}

@Resolver()
export class OperatorsQuery {
  @Query(() => OperatorConnection, { description: "Everybody who may sign in here, and who might." })
  async operators(
    @Arg("first", intType, firstArgument) first: number,
    @Arg("after", () => String, { nullable: true, description: "`endCursor` of the page before." })
    after: string | null,
    @Ctx() { deps, actor }: Context,
  ): Promise<OperatorConnection> {
    const size = pageSize(first);
    const position = after ? fromCursor(after, 2) : null;
    const rows = await listOperators(deps, actor, {
      limit: size + 1,
      after: position && [String(position[0]), String(position[1])],
    });
    return toPage(rows, size, ({ name, id }) => [name, id]);
  }
}
