import * as z from "zod";
import type { Connector, ConnectorKind } from "../connector.js";
import { settingProblems } from "../settings.js";
import type { FakeConnector } from "./fake-connector.js";

const configuration = z.strictObject({ system: z.string().min(1, "is not empty") });

/**
 * The kind `fake`, for tests that go through the whole platform: its one setting names a connector
 * that the test put there. It is in no registry, so nobody can configure it in earnest.
 */
export function fakeKind(connectors: ReadonlyMap<string, FakeConnector>): ConnectorKind {
  return {
    name: "fake",
    description: "A system in memory, for tests.",
    validate: (given) => {
      const problems = settingProblems(configuration, given);
      if (problems.length > 0) return problems;
      const { system } = configuration.parse(given);
      return connectors.has(system) ? [] : [{ setting: "system", message: "is not there" }];
    },
    create: async (given): Promise<Connector> => {
      const connector = connectors.get(configuration.parse(given).system);
      if (connector === undefined) throw new Error("the fake system is not there");
      return connector;
    },
  };
}
