import { firstArgument, intType, toPage, toUserError } from "@joinery/kit";
import { GraphQLDateTime } from "graphql-scalars";
import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { cancelFutureTask, moveFutureTask } from "../app/future/change-future-task.js";
import { listFutureTasks } from "../app/read-views.js";
import type { FutureTask as DomainFutureTask } from "../domain/future-task.js";
import type { Outcome } from "../domain/outcome.js";
import { Application } from "./application-type.js";
import { afterArgument, type Context } from "./context.js";
import {
  FutureTask, FutureTaskConnection, FutureTaskPayload, toFutureTask,
} from "./future-type.js";
import { given } from "./given.js";
import { applicationLoader } from "./run-resolvers.js";

@Resolver(() => FutureTask)
export class FutureTaskResolver {
  @Query(() => FutureTaskConnection, { description: "What is to come, the earliest first." })
  async futureTasks(
    @Arg("first", intType, firstArgument) first: number,
    @Arg("after", () => String, afterArgument) after: string | null,
    @Arg("applicationId", () => ID, { nullable: true, description: "Of one application only." })
    applicationId: string | null,
    @Arg("cancelled", () => Boolean, {
      defaultValue: false, description: "What was cancelled instead of what will be.",
    })
    cancelled: boolean,
    @Ctx() context: Context,
  ): Promise<FutureTaskConnection> {
    const filter = { cancelled, ...given({ applicationId }) };
    const rows = await listFutureTasks(
      context.deps, context, filter, { first, after: after ?? null });
    const page = toPage(rows, first, ({ dueAt, id }) => [dueAt.toISOString(), id]);
    return { nodes: page.nodes.map(toFutureTask), pageInfo: page.pageInfo };
  }

  @FieldResolver(() => Application, { nullable: true, description: "In which application." })
  async application(@Root() task: FutureTask, @Ctx() context: Context) {
    return applicationLoader(context).load(task.applicationId);
  }
}

const which = { description: "Of which account." } as const;

@Resolver()
export class FutureTaskMutations {
  @Mutation(() => FutureTaskPayload, {
    description: "Moves what is to come; what was cancelled will be again.",
  })
  async moveFutureTask(
    @Arg("id", () => ID, which) id: string,
    @Arg("dueAt", () => GraphQLDateTime, { description: "From now on, ten years at most." })
    dueAt: Date,
    @Ctx() context: Context,
  ): Promise<FutureTaskPayload> {
    return toPayload(await moveFutureTask(context.deps, context, { id, dueAt }));
  }

  @Mutation(() => FutureTaskPayload, {
    description: "It will not be, until its owner has come back and left again. Idempotent.",
  })
  async cancelFutureTask(
    @Arg("id", () => ID, which) id: string,
    @Ctx() context: Context,
  ): Promise<FutureTaskPayload> {
    return toPayload(await cancelFutureTask(context.deps, context, { id }));
  }
}

function toPayload(outcome: Outcome<DomainFutureTask>): FutureTaskPayload {
  return outcome.ok
    ? { task: toFutureTask(outcome.value), errors: [] }
    : { task: null, errors: [toUserError(outcome.error)] };
}
