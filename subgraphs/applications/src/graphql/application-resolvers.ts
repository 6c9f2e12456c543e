import { firstArgument, intType, toPage } from "@joinery/kit";
import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { addApplication } from "../app/add-application.js";
import { checkApplication } from "../app/check-application.js";
import {
  countAccountsAndItems,
  findApplication,
  listAccounts,
  listApplications,
  listRuns,
} from "../app/read-views.js";
import { liftQuarantine } from "../app/quarantine/lift-quarantine.js";
import { removeApplication } from "../app/remove-application.js";
import { resumeApplication, stopApplication } from "../app/stop-application.js";
import { updateApplication } from "../app/update-application.js";
import { AccountConnection, toAccount } from "./account-type.js";
import {
  AddApplicationInput, Application, ApplicationConnection, ApplicationPayload, toApplication,
  UpdateApplicationInput,
} from "./application-type.js";
import { connectionLoader } from "./connection-resolvers.js";
import { Connection } from "./connection-type.js";
import { afterArgument, type Context } from "./context.js";
import { given } from "./given.js";
import { GraphQLJSONObject } from "graphql-scalars";
import { toApplicationPayload, toConnectedPayload } from "./payloads.js";
import { RunConnection, toRun } from "./run-type.js";

@Resolver(() => Application)
export class ApplicationResolver {
  @Query(() => ApplicationConnection, { description: "Connected systems, by key." })
  async applications(
    @Arg("first", intType, firstArgument) first: number,
    @Arg("after", () => String, afterArgument) after: string | null,
    @Ctx() context: Context,
  ): Promise<ApplicationConnection> {
    const rows = await listApplications(context.deps, context, { first, after: after ?? null });
    const page = toPage(rows, first, ({ key, id }) => [key, id]);
    return { nodes: page.nodes.map(toApplication), pageInfo: page.pageInfo };
  }

  @Query(() => Application, {
    nullable: true,
    description: "One, by id or key; null when there is none.",
  })
  async application(
    @Arg("id", () => ID, { description: "Id or key." }) id: string,
    @Ctx() context: Context,
  ): Promise<Application | null> {
    const found = await findApplication(context.deps, context, id);
    return found && toApplication(found);
  }

  @FieldResolver(() => Connection, {
    nullable: true,
    description: "The connection that it shares with others; null where it has none.",
  })
  async connection(
    @Root() { connectionId }: Application,
    @Ctx() context: Context,
  ): Promise<Connection | null> {
    return connectionId === null ? null : connectionLoader(context).load(connectionId);
  }

  @FieldResolver(() => RunConnection, { description: "Its runs, newest first." })
  async runs(
    @Root() { id }: Application,
    @Arg("first", intType, firstArgument) first: number,
    @Arg("after", () => String, afterArgument) after: string | null,
    @Ctx() context: Context,
  ): Promise<RunConnection> {
    const rows = await listRuns(context.deps, context, id, { first, after: after ?? null });
    const page = toPage(rows, first, (run) => [run.createdAt.toISOString(), run.id]);
    return { nodes: page.nodes.map(toRun), pageInfo: page.pageInfo };
  }

  @FieldResolver(() => AccountConnection, { description: "Its accounts, by id." })
  async accounts(
    @Root() { id: applicationId }: Application,
    @Arg("first", intType, firstArgument) first: number,
    @Arg("after", () => String, afterArgument) after: string | null,
    @Arg("state", () => String, { nullable: true, description: "`planned`, `present` or `gone`." })
    state: string | null,
    @Arg("kind", () => String, { nullable: true, description: "`user` or `group`." })
    kind: string | null,
    @Arg("joined", () => Boolean, {
      nullable: true,
      description: "Only with, or only without identity.",
    })
    joined: boolean | null,
    @Ctx() context: Context,
  ): Promise<AccountConnection> {
    const filter = { applicationId, ...given({ state, kind, joined }) };
    const rows = await listAccounts(context.deps, context, filter, { first, after: after ?? null });
    const page = toPage(rows, first, (account) => [account.id]);
    return { nodes: page.nodes.map(toAccount), pageInfo: page.pageInfo };
  }

  @FieldResolver(() => GraphQLJSONObject, {
    description: "`accounts` by state, and the `items` of its queue by state.",
  })
  async counts(@Root() { id }: Application, @Ctx() context: Context): Promise<object> {
    return countAccountsAndItems(context.deps, context, id);
  }
}

const which = { description: "Which application." } as const;

@Resolver()
export class ApplicationMutations {
  @Mutation(() => ApplicationPayload, { description: "Connects a system, and looks at it once." })
  async addApplication(
    @Arg("input", () => AddApplicationInput, { description: "The system." })
    input: AddApplicationInput,
    @Ctx() context: Context,
  ): Promise<ApplicationPayload> {
    const { key, name, configuration, ...settings } = input;
    const wanted = { key, name, configuration, ...given(settings) };
    return toConnectedPayload(await addApplication(context.deps, context, wanted));
  }

  @Mutation(() => ApplicationPayload, { description: "Changes what is given of an application." })
  async updateApplication(
    @Arg("input", () => UpdateApplicationInput, { description: "What to change." })
    input: UpdateApplicationInput,
    @Ctx() context: Context,
  ): Promise<ApplicationPayload> {
    const { id, ...settings } = input;
    const outcome = await updateApplication(context.deps, context, { id, ...given(settings) });
    return toConnectedPayload(outcome);
  }

  @Mutation(() => ApplicationPayload, { description: "Takes it out of use; its history stays." })
  async removeApplication(
    @Arg("id", () => ID, which) id: string,
    @Ctx() context: Context,
  ): Promise<ApplicationPayload> {
    return toApplicationPayload(await removeApplication(context.deps, context, { id }));
  }

  @Mutation(() => ApplicationPayload, { description: "Tries its connection. Changes nothing." })
  async checkApplication(
    @Arg("id", () => ID, which) id: string,
    @Ctx() context: Context,
  ): Promise<ApplicationPayload> {
    return toConnectedPayload(await checkApplication(context.deps, context, { id }));
  }

  @Mutation(() => ApplicationPayload, {
    description: "Emergency stop: nothing is written any more. Idempotent.",
  })
  async stopApplication(
    @Arg("id", () => ID, which) id: string,
    @Ctx() context: Context,
  ): Promise<ApplicationPayload> {
    return toApplicationPayload(await stopApplication(context.deps, context, { id }));
  }

  @Mutation(() => ApplicationPayload, {
    description: "Ends a quarantine: failures are counted from nothing. Idempotent.",
  })
  async liftQuarantine(
    @Arg("id", () => ID, which) id: string,
    @Ctx() context: Context,
  ): Promise<ApplicationPayload> {
    return toApplicationPayload(await liftQuarantine(context.deps, context, { id }));
  }

  @Mutation(() => ApplicationPayload, {
    description: "Ends an emergency stop: the queue goes on. Idempotent.",
  })
  async resumeApplication(
    @Arg("id", () => ID, which) id: string,
    @Ctx() context: Context,
  ): Promise<ApplicationPayload> {
    return toApplicationPayload(await resumeApplication(context.deps, context, { id }));
  }
}
