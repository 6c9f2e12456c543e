import type { Application } from "../domain/application.js";
import { sharedProblems, wholeConfiguration, type Connection } from "../domain/connection.js";
import { isRecord, keyProblems, nameProblems, type Problem } from "../domain/validate.js";
import type { Deps } from "./ports.js";

/**
 * What is wrong with a connection by itself. What it lacks its applications say, so that is looked
 * at with each of them.
 */
export function connectionProblems(
  deps: Deps,
  { key, name, connector, configuration }: Pick<Connection, "key" | "name" | "connector"> & {
    readonly configuration: unknown;
  },
): Problem[] {
  const problems = [...keyProblems(key), ...nameProblems(name)];
  if (!isRecord(configuration)) {
    return [...problems, { setting: "configuration", message: "is an object" }];
  }
  const inSettings = (deps.connectorKinds.get(connector)?.validate(configuration) ?? [])
    .filter(({ setting }) => Object.hasOwn(configuration, setting.split(".")[0] ?? ""));
  return [...problems, ...inSettings.map(prefixed("configuration"))];
}

/** What is wrong with the settings of a connector, where two may say them. */
export function configurationProblems(
  deps: Deps,
  connector: string,
  shared: Connection["configuration"] | null,
  own: unknown,
): Problem[] {
  const both = sharedProblems(shared, own);
  if (both.length > 0) return both;
  const found = deps.connectorKinds.get(connector)?.validate(wholeConfiguration(shared, own)) ?? [];
  return found.map(prefixed("configuration"));
}

/** What would be wrong with the applications of a connection that says this. */
export function usersProblems(
  deps: Deps,
  users: readonly Application[],
  shared: Connection["configuration"],
): Problem[] {
  return users.flatMap(({ key, connector, configuration }) =>
    configurationProblems(deps, connector, shared, configuration).map(prefixed(key)));
}

function prefixed(prefix: string): (problem: Problem) => Problem {
  return ({ setting, message }) => ({
    setting: setting === "" ? prefix : `${prefix}.${setting}`, message,
  });
}
