import { permit } from "@joinery/kit";
import type { Application } from "../domain/application.js";
import type { Connection } from "../domain/connection.js";
import { wholeConfiguration } from "../domain/connection.js";
import { accept, refuse, type Outcome } from "../domain/outcome.js";
import { configurationProblems } from "./connection-settings.js";
import type { ConnectionState, Place } from "./connect.js";
import { discover } from "./discover.js";
import type { Caller, Deps } from "./ports.js";

/** So many applications are tried at most, one after another: each may take 30 s. */
const triesMax = 10;

export interface ConnectionCheck {
  /** With whose settings it was tried; null: with those that were given, or by itself. */
  readonly application: string | null;
  readonly state: ConnectionState;
}

export interface CheckedConnection {
  readonly connection: Connection;
  readonly checks: readonly ConnectionCheck[];
}

/**
 * Whether the system can be reached and signed in to: with the settings that are given (`rest`),
 * else with those of each application that uses it, else by itself where it says enough. Changes
 * nothing. Refused with CONNECTION_INVALID where nothing says what is to be read there.
 */
export async function checkConnection(
  deps: Deps,
  by: Caller,
  { id, rest }: { readonly id: string; readonly rest?: unknown },
): Promise<Outcome<CheckedConnection>> {
  const { tenant } = permit(by.actor, "connection:write");
  const { connection, users } = await deps.within(tenant, async (tx) => {
    const found = await deps.connections.find(tx, id);
    return {
      connection: found, users: found === null ? [] : await deps.applications.usersOf(tx, found.id),
    };
  });
  if (connection === null) return refuse("CONNECTION_NOT_FOUND");
  const places = placesOf(connection, rest === undefined ? users.slice(0, triesMax) : [], rest);
  if (users.length === 0 || rest !== undefined) {
    const { connector, configuration } = connection;
    const problems = configurationProblems(deps, connector, configuration, rest ?? {});
    if (problems.length > 0) return refuse("CONNECTION_INVALID", { problems });
  }
  const checks: ConnectionCheck[] = [];
  for (const { application, place } of places) {
    const { connection: state } = await discover(deps, tenant, place);
    checks.push({ application, state });
  }
  return accept({ connection, checks });
}

function placesOf(
  connection: Connection,
  users: readonly Application[],
  rest: unknown,
): readonly { readonly application: string | null; readonly place: Place }[] {
  if (users.length > 0) return users.map((place) => ({ application: place.key, place }));
  const { id, connector, configuration } = connection;
  const whole = wholeConfiguration(configuration, rest ?? {});
  return [{ application: null, place: { connector, whole, connectionId: id } }];
}
