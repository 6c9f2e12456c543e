import { addResolversToSchema, buildSubgraphSchema, printSubgraphSchema } from "@apollo/subgraph";
import { parse, type GraphQLSchema } from "graphql";
import { buildSchemaSync, createResolversMap, type BuildSchemaOptions } from "type-graphql";
import type { GraphContext } from "./context.js";

/** How an entity is found again by its key; answers null when the actor may not see it. */
export type ReferenceResolver = (
  key: Readonly<Record<string, string>>,
  context: GraphContext<never>,
) => Promise<unknown>;

export interface SchemaSource {
  readonly resolvers: BuildSchemaOptions["resolvers"];
  /** Entities by type name. */
  readonly references: Readonly<Record<string, ReferenceResolver>>;
  /** Types that only `_entities` reaches. */
  readonly orphanedTypes?: NonNullable<BuildSchemaOptions["orphanedTypes"]>;
}

const federation = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.3",
  import: ["@key", "@shareable", "@external", "@requires"]
)`;

/** The executable subgraph schema of TypeGraphQL classes, with its SDL for composition. */
export function buildServiceSchema(source: SchemaSource): { schema: GraphQLSchema; sdl: string } {
  const plain = buildSchemaSync({
    resolvers: source.resolvers,
    orphanedTypes: source.orphanedTypes ?? [],
    validate: false,
    skipCheck: true,
    nullableByDefault: false,
  });
  const typeDefs = parse(`${federation}\n${printSubgraphSchema(plain)}`);
  const resolvers = createResolversMap(plain);
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: resolvers as never }]);
  for (const [type, resolve] of Object.entries(source.references)) {
    addResolversToSchema(schema, { [type]: { __resolveReference: resolve as never } });
  }
  return { schema, sdl: `${printSubgraphSchema(schema).trim()}\n` };
}
