import { PageInfo, toPage, type GraphContext } from "@joinery/kit";
import { GraphQLJSONObject } from "graphql-scalars";
import {
  Arg, Ctx, Directive, Field, FieldResolver, ID, Int, ObjectType, Resolver, Root,
} from "type-graphql";
import type { VaultDeps } from "../app/ports.js";
import { listWaveChanges } from "../app/read-wave-changes.js";
import type { IdentityChange as Change } from "../domain/identity-change.js";

@ObjectType({ description: "What a held wave would do to one identity." })
export class IdentityChange {
  @Field(() => ID, { description: "The identity; one that would be made has its id already." })
  identityId!: string;

  @Field(() => String, { description: "`user` or `group`." })
  kind!: string;

  @Field(() => String, { description: "What lists would call it." })
  label!: string;

  @Field(() => String, {
    description: "`create`, `update`, `remove`, `restore`, or `refresh` where no value changes.",
  })
  operation!: string;

  @Field(() => GraphQLJSONObject, { description: "Values before, of what differs; null for none." })
  before!: object;

  @Field(() => GraphQLJSONObject, { description: "Values after; null for none." })
  after!: object;

  @Field(() => [String], { description: "Ids of the mappers that made the values." })
  because!: readonly string[];
}

@ObjectType({ description: "A page of what a held wave would do." })
export class IdentityChangeConnection {
  @Field(() => [IdentityChange], { description: "Changes of this page." })
  nodes!: IdentityChange[];

  @Field(() => PageInfo, { description: "Where the page ends." })
  pageInfo!: PageInfo;
}

@ObjectType({ description: "One execution of a plan: import, inbound, outbound, export." })
@Directive('@key(fields: "id")')
export class Run {
  @Field(() => ID, { description: "Permanent id." })
  id!: string;
}

@Resolver(() => Run)
export class RunChangesResolver {
  @FieldResolver(() => IdentityChangeConnection, {
    description: "What it would do to the vault, while its inbound wave is held; else empty.",
  })
  async identityChanges(
    @Root() { id }: Run,
    @Ctx() { deps, actor }: GraphContext<VaultDeps>,
    @Arg("first", () => Int, { defaultValue: 50, description: "How many at most, up to 500." })
    first: number,
    @Arg("after", () => String, {
      nullable: true, description: "`endCursor` of the page before.",
    })
    after: string | null,
  ): Promise<IdentityChangeConnection> {
    const rows = await listWaveChanges(deps, actor, id, first, after ?? null);
    const page = toPage(rows, first, (row) => [row.identityId]);
    return { nodes: page.nodes.map(toChange), pageInfo: page.pageInfo };
  }
}

function toChange(change: Change): IdentityChange {
  return Object.assign(new IdentityChange(), change);
}
