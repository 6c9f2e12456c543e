import { generateKeyPairSync } from "node:crypto";
import {
  buildServiceSchema, clientActor, InternalTokens, newTenantId, silentLog, SubgraphServer,
} from "@joinery/kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadModules } from "../compact.js";
import { readSupergraph } from "../config.js";
import { clientOperations } from "../edge/client-graph.js";
import { startGraph } from "../edge/graph.js";
import type { Subgraph } from "../graph/subgraph.js";
import { rootOperations, type RootOperation } from "../testing/root-operations.js";

/** Every query and mutation there is, made from the schemas: a new one is closed unless opened. */
describe("of all that the graph has, a client", async () => {
  const actor = clientActor({
    id: "c", name: "Partner", tenant: newTenantId(),
    applicationId: "0190f6e0-0000-7000-8000-000000000001",
  });
  const tokens = new InternalTokens(generateKeyPairSync("ed25519").privateKey);
  const modules = (await loadModules()).map(({ name, graph }) => {
    const { schema, sdl } = buildServiceSchema(graph);
    return { name, schema, operations: rootOperations(sdl) };
  });
  const all = modules.flatMap(({ operations }) => operations);

  describe("at the edge", () => {
    let graph: Awaited<ReturnType<typeof startGraph>>;
    const reached: string[] = [];

    beforeAll(async () => {
      const refusing = (name: string): Subgraph => ({
        answer: ({ query }) => {
          reached.push(`${name}: ${query}`);
          return Promise.resolve({ data: null, errors: [{ message: "reached" }] });
        },
      });
      const subgraphs = new Map(modules.map(({ name }) => [name as string, refusing(name)]));
      const supergraphSdl = await readSupergraph();
      graph = await startGraph({ supergraphSdl, subgraphs, tokens, log: silentLog });
    });
    afterAll(() => graph.stop());

    async function codeOf({ query, variables }: Omit<RootOperation, "name">) {
      const { body } = await graph.executeOperation({ query, variables }, { contextValue: {
        actor, requestId: "r", address: undefined, sessionInvalid: false,
      } });
      return body.kind === "single" ? body.singleResult.errors?.[0]?.extensions?.["code"] : null;
    }

    test("reaches what is named for clients", async () => {
      const named = all.filter(({ name }) => clientOperations.has(name));
      expect(named.map(({ name }) => name).toSorted()).toEqual([...clientOperations].toSorted());
      for (const each of named) await codeOf(each);
      expect(reached).toHaveLength(clientOperations.size);
    });

    test("is refused every other query and mutation, and none is asked for", async () => {
      const others = all.filter(({ name }) => !clientOperations.has(name));
      expect(others.length).toBeGreaterThan(40);
      const before = reached.length;
      for (const each of others) expect([each.name, await codeOf(each)])
        .toEqual([each.name, "FORBIDDEN"]);
      expect(reached).toHaveLength(before);
    });

    test.each([
      "{ __schema { types { name } } }", '{ __type(name: "Viewer") { name } }', "{ __typename }",
      "query pushAccounts { viewer { permissions } }",
      "mutation { ...on Mutation { signOut(everywhere: true) { ended } } }",
      "mutation { pushAccounts: signOut(everywhere: true) { ended } }",
    ])("is refused %s", async (query) => {
      const before = reached.length;
      expect(await codeOf({ query, variables: {} })).toMatch(/^(FORBIDDEN|MUTATION_TOO_WIDE)$/);
      expect(reached).toHaveLength(before);
    });
  });

  describe.each(modules)("behind the edge, in $name,", ({ name, schema, operations }) => {
    /** Whatever is called of it is something that was done for the client. */
    const touched: string[] = [];
    const untouchable = (path: string): object => new Proxy(() => undefined, {
      get: (_, property) => untouchable(`${path}.${String(property)}`),
      apply: () => {
        touched.push(path);
        throw new Error("untouchable");
      },
    });
    const deps = untouchable("deps");
    let server: SubgraphServer;
    beforeAll(async () => {
      server = await SubgraphServer.start({ service: name, schema, deps, tokens, log: silentLog });
    });
    afterAll(() => server.stop());

    // Whoever signs in is nobody yet.
    const forPeople = operations.filter((each) =>
      each.name !== "signIn" && !clientOperations.has(each.name));
    test.runIf(forPeople.length > 0)("is refused too, before anything is looked up", async () => {
      const token = await tokens.issue(name, actor);
      for (const { name: field, query, variables } of forPeople) {
        const answer = await server.answer({
          query, variables, token, requestId: "r", operationName: undefined,
        });
        const { errors: [first] = [], data } = answer;
        const extensions = (first?.extensions ?? {}) as { code?: unknown };
        const code = extensions.code ?? Object.values(data ?? {}).join();
        expect([field, touched, code]).toEqual([field, [], expect.stringMatching(isRefusal)]);
      }
    });
  });
});

/** `viewer` says of whoever is no person that there is none. */
const isRefusal = /^(FORBIDDEN|UNAUTHENTICATED|)$/;
