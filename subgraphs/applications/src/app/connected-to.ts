import type { TenantId } from "@joinery/kit";
import { wholeConfiguration } from "../domain/connection.js";
import { accept, refuse, type Outcome } from "../domain/outcome.js";
import type { Problem } from "../domain/validate.js";
import type { Place } from "./connect.js";
import { configurationProblems } from "./connection-settings.js";
import type { Deps } from "./ports.js";

/** What an application would be connected to, and what is wrong with that. */
export interface ConnectedTo {
  readonly place: Place & { readonly connectionId: string | null };
  readonly problems: readonly Problem[];
}

/** `connection` is an id or key; empty or not given: the application says everything itself. */
export async function connectedTo(
  deps: Deps,
  tenant: TenantId,
  wish: {
    readonly connector?: string;
    readonly configuration: unknown;
    readonly connection?: string;
  },
): Promise<Outcome<ConnectedTo>> {
  const { connection: named = "", configuration } = wish;
  const connection = named === "" ? null
    : await deps.within(tenant, (tx) => deps.connections.find(tx, named));
  if (connection === null && named !== "") return refuse("CONNECTION_NOT_FOUND");
  const connector = wish.connector ?? connection?.connector ?? "";
  if (!deps.connectorKinds.has(connector)) return refuse("CONNECTOR_UNKNOWN");
  const shared = connection?.configuration ?? null;
  const problems = configurationProblems(deps, connector, shared, configuration);
  if (connection !== null && connection.connector !== connector) {
    problems.push({ setting: "connection", message: `is one of the connector ${connector}` });
  }
  const whole = wholeConfiguration(shared, configuration);
  return accept({
    place: { connector, whole, connectionId: connection?.id ?? null }, problems,
  });
}
