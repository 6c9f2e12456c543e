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
  @Query(() => OperatorConnection, { description: "Everybody who may sign in here, or could." })
  async operators(
    @Arg("first", intType, firstArgument) first: number,
    @Arg("after", () => String, { nullable: true, description: "`endCursor` of the page before." })
    after: string | null,
    @Ctx() { deps, actor }: Context,
  ): Promise<OperatorConnection> {
    const size = pageSize(first);
    const [name, id] = after ? fromCursor(after, 2).map(String) : [];
    const position = name !== undefined && id !== undefined ? ([name, id] as const) : null;
    const rows = await listOperators(deps, actor, { limit: size + 1, after: position });
    return toPage(rows, size, (operator) => [operator.name, operator.id]);
  }
}
