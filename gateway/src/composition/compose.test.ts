import type { SchemaSource, ServiceModule, ServiceName } from "@joinery/kit";
import { Field, Int, ObjectType, Query, Resolver } from "type-graphql";
import { expect, test } from "vitest";
import { smallSources } from "../testing/small-graph.js";
import { composeModules } from "./compose.js";

@ObjectType("Book")
class OtherBook {
  @Field(() => Int, { description: "Elsewhere this is an ID." })
  id!: number;
}

@Resolver()
class Contradiction {
  @Query(() => OtherBook)
  otherBook(): OtherBook {
    return { id: 1 };
  }
}

function moduleOf(name: ServiceName, graph: SchemaSource): ServiceModule {
  return {
    name, graph, entities: [], databaseMigrations: [], tenantMigrations: [], consumes: [],
    create: () => Promise.reject(new Error("is only composed here")),
  };
}

test("subgraphs that fit become one graph, the same text each time", () => {
  const modules = [moduleOf("vault", smallSources.books), moduleOf("audit", smallSources.authors)];
  const { subgraphs, supergraph } = composeModules(modules);
  expect([...subgraphs.keys()]).toEqual(["vault", "audit"]);
  expect(subgraphs.get("audit")).toContain("type Author");
  expect(supergraph).toContain('@join__graph(name: "vault"');
  expect(composeModules(modules).supergraph).toBe(supergraph);
});

test("a contradiction is told with the library's code and both its sides", () => {
  const graph: SchemaSource = { resolvers: [Contradiction], references: {} };
  const modules = [moduleOf("vault", smallSources.books), moduleOf("rules", graph)];
  expect(() => composeModules(modules)).toThrow(
    expect.objectContaining({
      code: "COMPOSITION_FAILED",
      message: expect.stringMatching(/FIELD_TYPE_MISMATCH.*Book\.id.*vault.*rules/s) as string,
    }),
  );
});
