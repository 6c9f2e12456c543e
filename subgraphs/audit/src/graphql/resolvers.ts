import { firstArgument, intType, toPage, type GraphContext } from "@joinery/kit";
import { GraphQLDateTime } from "graphql-scalars";
import {
  Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Query, Resolver, Root,
} from "type-graphql";
import type { AuditDeps } from "../app/ports.js";
import { listEntries } from "../app/read-entries.js";
import type { Entry, EntryFilter } from "../domain/entry.js";
import { AuditEntry, AuditEntryConnection, Identity } from "./types.js";

type Context = GraphContext<AuditDeps>;

@ArgsType()
export class AuditArgs {
  @Field(intType, firstArgument)
  first!: number;

  @Field(() => String, { nullable: true, description: "`endCursor` of the page before." })
  after!: string | null;

  @Field(() => ID, { nullable: true, description: "The identity, its accounts and memberships." })
  identityId!: string | null;

  @Field(() => ID, { nullable: true, description: "One object." })
  objectId!: string | null;

  @Field(() => ID, { nullable: true, description: "What one run did." })
  runId!: string | null;

  @Field(() => String, { nullable: true, description: "One kind of object." })
  objectKind!: string | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "From this instant on." })
  from!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "Before this instant." })
  to!: Date | null;
}

@Resolver(() => Identity)
export class AuditResolver {
  @Query(() => AuditEntryConnection, { description: "What happened, newest first." })
  async auditEntries(
    @Args(() => AuditArgs) { first, after, ...filter }: AuditArgs,
    @Ctx() context: Context,
  ): Promise<AuditEntryConnection> {
    const given = Object.entries(filter).filter(
      ([, value]) => value !== null && value !== undefined,
    );
    return page(context, Object.fromEntries(given), first, after);
  }

  @FieldResolver(() => AuditEntryConnection, {
    description: "What happened to it, its accounts and its memberships, newest first.",
  })
  async history(
    @Root() identity: Identity,
    @Arg("first", intType, firstArgument) first: number,
    @Arg("after", () => String, { nullable: true, description: "`endCursor` of the page before." })
    after: string | null,
    @Ctx() context: Context,
  ): Promise<AuditEntryConnection> {
    return page(context, { identityId: identity.id }, first, after);
  }
}

async function page(
  { deps, actor }: Context,
  filter: EntryFilter,
  first: number,
  after: string | null | undefined,
): Promise<AuditEntryConnection> {
  const rows = await listEntries(deps, actor, filter, first, after ?? null);
  const { nodes, pageInfo } = toPage(rows, first, (row) => [row.position]);
  return { nodes: nodes.map(toAuditEntry), pageInfo };
}

function toAuditEntry(entry: Entry): AuditEntry {
  const { position, at, actor, eventId: _eventId, trace: _trace, ...rest } = entry;
  return Object.assign(new AuditEntry(), rest, {
    id: String(position),
    at: new Date(at),
    actorKind: actor.kind,
    actorId: actor.id,
  });
}
