import {
  firstArgument, fromCursor, intType, PageInfo, pageSize, toPage, toUserError, UserError,
} from "@joinery/kit";
import { GraphQLDateTime } from "graphql-scalars";
import {
  Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Query, Resolver,
} from "type-graphql";
import { addClient, listClients, revokeClient } from "../app/clients.js";
import type { Context } from "./context.js";

@ObjectType({ description: "Somebody who pushes people and groups into an application, by SCIM." })
export class Client {
  @Field(() => ID, { description: "Its id." })
  id!: string;

  @Field(() => String, { description: "What people call it." })
  name!: string;

  @Field(() => ID, { description: "The application that it pushes into." })
  applicationId!: string;

  @Field(() => String, { description: "The beginning of its token, to tell one from another." })
  key!: string;

  @Field(() => GraphQLDateTime, { description: "When it was made." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: "Its token opens nothing from then on." })
  expiresAt!: Date;

  @Field(() => GraphQLDateTime, {
    nullable: true, description: "To the minute; null while nobody has used it.",
  })
  lastUsedAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "Null while it is not revoked." })
  revokedAt!: Date | null;
}

@ObjectType({ description: "A page of clients, the oldest first." })
export class ClientConnection {
  @Field(() => [Client], { description: "The clients of this page." })
  nodes!: Client[];

  @Field(() => PageInfo, { description: "Whether and where it goes on." })
  pageInfo!: PageInfo;
}

@InputType({ description: "Who is to push, and where." })
export class AddClientInput {
  @Field(() => String, { description: "1 to 200 characters." })
  name!: string;

  @Field(() => ID, { description: "An application with the connector `pushed`." })
  applicationId!: string;

  @Field(() => Int, { nullable: true, description: "Its token lasts for 1 to 730, else 365." })
  days!: number | null;
}

@ObjectType({ description: "The client with its token, or why it was not made." })
export class AddClientPayload {
  @Field(() => Client, { nullable: true, description: "Null when it was not made." })
  client!: Client | null;

  @Field(() => String, { nullable: true, description: "Shown this once, never again." })
  token!: string | null;

  @Field(() => [UserError], {
    description:
      "NAME_INVALID, CLIENT_LIFE_INVALID, CLIENT_APPLICATION_NOT_FOUND, CLIENTS_TOO_MANY.",
  })
  errors!: UserError[];
}

@ObjectType({ description: "The client that was revoked, or why it was not." })
export class RevokeClientPayload {
  @Field(() => Client, { nullable: true, description: "Null when there is none." })
  client!: Client | null;

  @Field(() => [UserError], { description: "CLIENT_NOT_FOUND." })
  errors!: UserError[];
}

@Resolver()
export class Clients {
  @Query(() => ClientConnection, { description: "Clients of the organisation, revoked ones too." })
  async clients(
    @Arg("first", intType, firstArgument) first: number,
    @Arg("after", () => String, { nullable: true, description: "`endCursor` of the page before." })
    after: string | null,
    @Ctx() { deps, actor }: Context,
  ): Promise<ClientConnection> {
    const size = pageSize(first);
    const position = after ? String(fromCursor(after, 1)[0]) : null;
    const rows = await listClients(deps, actor, { limit: size + 1, after: position });
    return toPage(rows, size, ({ id }) => [id]);
  }

  @Mutation(() => AddClientPayload, { description: "Makes a client. Owners only. Recorded." })
  async addClient(
    @Arg("input", () => AddClientInput, { description: "Who and where." }) input: AddClientInput,
    @Ctx() context: Context,
  ): Promise<AddClientPayload> {
    const { name, applicationId, days } = input;
    const outcome = await addClient(context.deps, context, {
      name, applicationId, days: days ?? null,
    });
    if (!outcome.ok) return { client: null, token: null, errors: [toUserError(outcome.error)] };
    const { client, token } = outcome.value;
    return { client, token: token.use((plain) => plain), errors: [] };
  }

  @Mutation(() => RevokeClientPayload, {
    description: "Its token opens nothing any more, within seconds. Idempotent. Owners only.",
  })
  async revokeClient(
    @Arg("id", () => ID, { description: "Which client." }) id: string,
    @Ctx() context: Context,
  ): Promise<RevokeClientPayload> {
    const outcome = await revokeClient(context.deps, context, { id });
    if (!outcome.ok) return { client: null, errors: [toUserError(outcome.error)] };
    return { client: outcome.value, errors: [] };
  }
}
