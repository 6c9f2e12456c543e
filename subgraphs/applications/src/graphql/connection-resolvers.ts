import { firstArgument, intType, toPage } from "@joinery/kit";
import type DataLoader from "dataloader";
import { GraphQLJSONObject } from "graphql-scalars";
import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { checkConnection } from "../app/check-connection.js";
import { addConnection, removeConnection, updateConnection } from "../app/connections.js";
import {
  findConnection, listConnections, listUsers, loadConnections,
} from "../app/read-views.js";
import { Application, toApplication } from "./application-type.js";
import {
  AddConnectionInput, Connection, ConnectionConnection, ConnectionPayload, toConnection,
  UpdateConnectionInput,
} from "./connection-type.js";
import { afterArgument, loaderOf, type Context } from "./context.js";
import { given } from "./given.js";
import { toCheckedPayload, toConnectionPayload } from "./payloads.js";

export function connectionLoader(context: Context): DataLoader<string, Connection | null> {
  return loaderOf(context, "connection", async (ids) =>
    (await loadConnections(context.deps, context, ids)).map((each) => each && toConnection(each)));
}

@Resolver(() => Connection)
export class ConnectionResolver {
  @Query(() => ConnectionConnection, { description: "Connections, by key." })
  async connections(
    @Arg("first", intType, firstArgument) first: number,
    @Arg("after", () => String, afterArgument) after: string | null,
    @Ctx() context: Context,
  ): Promise<ConnectionConnection> {
    const rows = await listConnections(context.deps, context, { first, after: after ?? null });
    const page = toPage(rows, first, ({ key, id }) => [key, id]);
    return { nodes: page.nodes.map(toConnection), pageInfo: page.pageInfo };
  }

  @Query(() => Connection, {
    nullable: true,
    description: "One, by id or key; null when there is none.",
  })
  async connection(
    @Arg("id", () => ID, { description: "Id or key." }) id: string,
    @Ctx() context: Context,
  ): Promise<Connection | null> {
    const found = await findConnection(context.deps, context, id);
    return found && toConnection(found);
  }

  @FieldResolver(() => [Application], { description: "The applications that use it, by key." })
  async applications(
    @Root() { id }: Connection,
    @Ctx() context: Context,
  ): Promise<Application[]> {
    return (await listUsers(context.deps, context, id)).map(toApplication);
  }
}

const which = { description: "Which connection, by id or key." } as const;

@Resolver()
export class ConnectionMutations {
  @Mutation(() => ConnectionPayload, {
    description: "Makes a connection that applications may share. Nothing is connected to yet.",
  })
  async addConnection(
    @Arg("input", () => AddConnectionInput, { description: "The connection." })
    input: AddConnectionInput,
    @Ctx() context: Context,
  ): Promise<ConnectionPayload> {
    return toConnectionPayload(await addConnection(context.deps, context, input));
  }

  @Mutation(() => ConnectionPayload, {
    description: "Changes a connection for all applications that use it.",
  })
  async updateConnection(
    @Arg("input", () => UpdateConnectionInput, { description: "What to change." })
    input: UpdateConnectionInput,
    @Ctx() context: Context,
  ): Promise<ConnectionPayload> {
    const { id, ...change } = input;
    const wanted = { id, ...given(change) };
    return toConnectionPayload(await updateConnection(context.deps, context, wanted));
  }

  @Mutation(() => ConnectionPayload, {
    description: "Removes a connection that no application uses.",
  })
  async removeConnection(
    @Arg("id", () => ID, which) id: string,
    @Ctx() context: Context,
  ): Promise<ConnectionPayload> {
    return toConnectionPayload(await removeConnection(context.deps, context, { id }));
  }

  @Mutation(() => ConnectionPayload, {
    description: "Tries it with each application that uses it, or with what is given. " +
      "Changes nothing.",
  })
  async checkConnection(
    @Arg("id", () => ID, which) id: string,
    @Arg("rest", () => GraphQLJSONObject, {
      nullable: true,
      description: "Settings that an application would say, where none uses it yet.",
    })
    rest: object | null,
    @Ctx() context: Context,
  ): Promise<ConnectionPayload> {
    const wanted = { id, ...given({ rest }) };
    return toCheckedPayload(await checkConnection(context.deps, context, wanted));
  }
}
