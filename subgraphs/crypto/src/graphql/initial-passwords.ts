import {
  firstArgument, fromCursor, intType, PageInfo, pageSize, toPage, toUserError, UserError,
} from "@joinery/kit";
import { GraphQLDateTime } from "graphql-scalars";
import { Arg, Ctx, Field, ID, Mutation, ObjectType, Query, Resolver } from "type-graphql";
import { listInitialPasswords, takeInitialPassword } from "../app/initial-passwords.js";
import type { Context } from "./context.js";

@ObjectType({ description: "A new account whose first password nobody has taken yet." })
export class InitialPassword {
  @Field(() => ID, { description: "The account." })
  accountId!: string;

  @Field(() => GraphQLDateTime, { description: "When its system took the password." })
  setAt!: Date;

  @Field(() => GraphQLDateTime, { description: "It is forgotten here then." })
  expiresAt!: Date;
}

@ObjectType({ description: "A page of accounts, in order of id." })
export class InitialPasswordConnection {
  @Field(() => [InitialPassword], { description: "The accounts of this page." })
  nodes!: InitialPassword[];

  @Field(() => PageInfo, { description: "Whether and where it goes on." })
  pageInfo!: PageInfo;
}

@ObjectType({ description: "The password, shown once." })
export class TakeInitialPasswordPayload {
  @Field(() => String, { nullable: true, description: "Null when there is none." })
  password!: string | null;

  @Field(() => [UserError], { description: "INITIAL_PASSWORD_NOT_FOUND." })
  errors!: UserError[];
}

@Resolver()
export class InitialPasswords {
  @Query(() => InitialPasswordConnection, {
    description: "New accounts whose first password waits to be taken. Never shows one.",
  })
  async initialPasswords(
    @Arg("first", intType, firstArgument) first: number,
    @Arg("after", () => String, { nullable: true, description: "`endCursor` of the page before." })
    after: string | null,
    @Ctx() { deps, actor }: Context,
  ): Promise<InitialPasswordConnection> {
    const size = pageSize(first);
    const position = after ? String(fromCursor(after, 1)[0]) : null;
    const rows = await listInitialPasswords(deps, actor, { limit: size + 1, after: position });
    return toPage(rows, size, ({ accountId }) => [accountId]);
  }

  @Mutation(() => TakeInitialPasswordPayload, {
    description: "Shows the first password of an account, once: then it is forgotten. Recorded.",
  })
  async takeInitialPassword(
    @Arg("accountId", () => ID, { description: "Which account." }) accountId: string,
    @Ctx() context: Context,
  ): Promise<TakeInitialPasswordPayload> {
    const outcome = await takeInitialPassword(context.deps, context, { accountId });
    if (!outcome.ok) return { password: null, errors: [toUserError(outcome.error)] };
    return { password: outcome.value.use((plain) => plain), errors: [] };
  }
}
