import type { GraphContext } from "@joinery/kit";
import { toPage } from "@joinery/kit";
import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import { explainIdentity } from "../app/explain-identity.js";
import {
  countAllIdentities, listIdentities, listMemberships, listWaitingAccounts,
} from "../app/read-identities.js";
import type { VaultDeps } from "../app/ports.js";
import { identityLoader, joinLoader } from "./loaders.js";
import { toIdentity, toJoin, toWhy } from "./shapes.js";
import {
  AttributeWhy, Identity, IdentityConnection, IdentityCounts, Join, JoinConnection,
  MembershipConnection,
} from "./types.js";

type Context = GraphContext<VaultDeps>;

const first = { defaultValue: 50, description: "How many at most, up to 500." };
const after = { nullable: true, description: "`endCursor` of the page before." };

@Resolver(() => Identity)
export class IdentityResolver {
  @Query(() => Identity, { nullable: true, description: "One identity; null when there is none." })
  async identity(
    @Arg("id", () => ID) id: string,
    @Ctx() context: Context,
  ): Promise<Identity | null> {
    return identityLoader(context).load(id);
  }

  @Query(() => IdentityConnection, { description: "Identities in label order." })
  async identities(
    @Ctx() { deps, actor }: Context,
    @Arg("first", () => Int, first) size: number,
    @Arg("after", () => String, after) cursor: string | null,
    @Arg("kind", () => String, { defaultValue: "user", description: "`user` or `group`." })
    kind: string,
    @Arg("search", () => String, { nullable: true, description: "Beginning of the label." })
    search: string | null,
  ): Promise<IdentityConnection> {
    const filter = { kind, ...(search ? { search } : {}) };
    const rows = await listIdentities(deps, actor, filter, size, cursor ?? null);
    const page = toPage(rows, size, (row) => [row.label.toLowerCase(), row.id]);
    return { nodes: page.nodes.map(toIdentity), pageInfo: page.pageInfo };
  }

  @Query(() => IdentityCounts, { description: "How many active identities there are." })
  async identityCounts(@Ctx() { deps, actor }: Context): Promise<IdentityCounts> {
    const counts = await countAllIdentities(deps, actor);
    return { users: counts["user"] ?? 0, groups: counts["group"] ?? 0 };
  }

  @Query(() => JoinConnection, { description: "Accounts that found nobody, several, or failed." })
  async waitingAccounts(
    @Ctx() { deps, actor }: Context,
    @Arg("applicationId", () => ID) applicationId: string,
    @Arg("situation", () => String, { description: "`unmatched`, `disputed` or `failed`." })
    situation: string,
    @Arg("first", () => Int, first) size: number,
    @Arg("after", () => String, after) cursor: string | null,
  ): Promise<JoinConnection> {
    const rows = await listWaitingAccounts(
      deps,
      actor,
      applicationId,
      situation,
      size,
      cursor ?? null,
    );
    const page = toPage(rows, size, (row) => [row.accountId]);
    return { nodes: page.nodes.map(toJoin), pageInfo: page.pageInfo };
  }

  @FieldResolver(() => [Join], { description: "Its accounts, with the rule that joined each." })
  async joins(@Root() identity: Identity, @Ctx() context: Context): Promise<Join[]> {
    return joinLoader(context).load(identity.id);
  }

  @FieldResolver(() => [AttributeWhy], { description: "Why each attribute is what it is." })
  async why(@Root() identity: Identity, @Ctx() { deps, actor }: Context): Promise<AttributeWhy[]> {
    return (await explainIdentity(deps, actor, identity.id)).map(toWhy);
  }

  @FieldResolver(() => MembershipConnection, { description: "Groups that it belongs to." })
  async groups(
    @Root() identity: Identity,
    @Ctx() context: Context,
    @Arg("first", () => Int, first) size: number,
    @Arg("after", () => String, after) cursor: string | null,
  ): Promise<MembershipConnection> {
    return memberships(context, "member", identity.id, size, cursor ?? null);
  }

  @FieldResolver(() => MembershipConnection, { description: "Members, when it is a group." })
  async members(
    @Root() identity: Identity,
    @Ctx() context: Context,
    @Arg("first", () => Int, first) size: number,
    @Arg("after", () => String, after) cursor: string | null,
  ): Promise<MembershipConnection> {
    return memberships(context, "group", identity.id, size, cursor ?? null);
  }
}

async function memberships(
  { deps, actor }: Context,
  side: "group" | "member",
  id: string,
  size: number,
  after: string | null,
): Promise<MembershipConnection> {
  const rows = await listMemberships(deps, actor, side, id, size, after);
  return toPage(rows, size, (row) => [row.id]);
}
