import { permit } from "@joinery/kit";
import type { Connection } from "../domain/connection.js";
import { accept, refuse, type Outcome } from "../domain/outcome.js";
import { connectionProblems, usersProblems } from "./connection-settings.js";
import type { NewConnection } from "./connection-ports.js";
import type { Caller, Deps, Tx } from "./ports.js";
import { tell, toldAction, toldApplication } from "./telling.js";

export type AddConnectionInput = Omit<NewConnection, "id" | "configuration"> & {
  readonly configuration: unknown;
};

/** Makes a connection. Nothing is connected to: what it leads to is for its applications to say. */
export async function addConnection(
  deps: Deps,
  by: Caller,
  input: AddConnectionInput,
): Promise<Outcome<Connection>> {
  const { tenant } = permit(by.actor, "connection:write");
  if (!deps.connectorKinds.has(input.connector)) return refuse("CONNECTOR_UNKNOWN");
  const problems = connectionProblems(deps, input);
  if (problems.length > 0) return refuse("CONNECTION_INVALID", { problems });
  const { key, name, connector } = input;
  const configuration = input.configuration as Connection["configuration"];
  const id = deps.newId();
  return deps.within(tenant, async (tx) => {
    const isNew = await deps.connections.add(tx, { id, key, name, connector, configuration });
    const connection = isNew ? await deps.connections.find(tx, id) : null;
    if (connection === null) return refuse("CONNECTION_KEY_TAKEN");
    await record(deps, tx, by, "add", connection, { after: { key, name, connector } });
    return accept(connection);
  });
}

export interface UpdateConnectionInput {
  /** Id or key. */
  readonly id: string;
  readonly name?: string;
  /** In full. */
  readonly configuration?: unknown;
}

/**
 * Changes it for all applications that use it, each of which connects anew. Refused where one of
 * them could not be connected any more by what its settings say.
 */
export async function updateConnection(
  deps: Deps,
  by: Caller,
  { id: idOrKey, ...change }: UpdateConnectionInput,
): Promise<Outcome<Connection>> {
  const { tenant } = permit(by.actor, "connection:write");
  return deps.within(tenant, async (tx) => {
    const before = await deps.connections.lock(tx, idOrKey);
    if (before === null) return refuse("CONNECTION_NOT_FOUND");
    const wanted = { ...before, ...change };
    const own = connectionProblems(deps, wanted);
    const users = await deps.applications.usersOf(tx, before.id);
    const configuration = wanted.configuration as Connection["configuration"];
    const problems = own.length > 0 ? own : usersProblems(deps, users, configuration);
    if (problems.length > 0) return refuse("CONNECTION_INVALID", { problems });
    const { id, name } = wanted;
    const after = await deps.connections.change(tx, id, { name, configuration });
    await deps.applications.noteConnection(tx, after.id);
    const now = await deps.applications.usersOf(tx, after.id);
    await tell(deps, tx, now.map((application) => toldApplication(tx, by, application)));
    const applications = now.map(({ key }) => key);
    await record(deps, tx, by, "update", after, {
      before: { name: before.name }, after: { name: after.name, applications },
    });
    return accept(after);
  });
}

/** Refused while an application uses it. Idempotent no more than any removal: then it is gone. */
export async function removeConnection(
  deps: Deps,
  by: Caller,
  { id }: { readonly id: string },
): Promise<Outcome<Connection>> {
  const { tenant } = permit(by.actor, "connection:write");
  return deps.within(tenant, async (tx) => {
    const connection = await deps.connections.lock(tx, id);
    if (connection === null) return refuse("CONNECTION_NOT_FOUND");
    const users = await deps.applications.usersOf(tx, connection.id);
    if (users.length > 0) {
      const problems = users.map(({ key }) => ({ setting: key, message: "uses it" }));
      return refuse("CONNECTION_IN_USE", { problems });
    }
    await deps.connections.remove(tx, connection.id);
    const { key, name, connector } = connection;
    await record(deps, tx, by, "remove", connection, { before: { key, name, connector } });
    return accept(connection);
  });
}

/** What is recorded of it never has configuration. */
async function record(
  deps: Deps,
  tx: Tx,
  by: Caller,
  verb: "add" | "update" | "remove",
  { id }: Connection,
  shown: { readonly before?: Record<string, unknown>; readonly after?: Record<string, unknown> },
): Promise<void> {
  const target = { kind: "connection", id } as const;
  await tell(deps, tx, [toldAction(tx, by, { action: `connection.${verb}`, target, ...shown })]);
}
