import {
  firstArgument, fromCursor, intType, JoineryError, PageInfo, pageSize, toPage,
} from "@joinery/kit";
import { Arg, Ctx, Field, ObjectType, Query, Resolver } from "type-graphql";
import type { OperatorPosition } from "../app/ports.js";
import { listOperators } from "../app/read-operators.js";
import { isUuid } from "../domain/uuid.js";
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
    const rows = await listOperators(deps, actor, { limit: size + 1, after: positionOf(after) });
    return toPage(rows, size, ({ name, id }) => [name, id]);
  }
}

function positionOf(cursor: string | null): OperatorPosition | null {
  if (!cursor) return null;
  const [name, id] = fromCursor(cursor, 2).map(String);
  if (name === undefined || name.includes("\0") || id === undefined || !isUuid(id)) {
    throw new JoineryError("CURSOR_INVALID", "this cursor was not given out by this list");
  }
  return [name, id];
}
