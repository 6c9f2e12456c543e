import type { AttributeSchema } from "@joinery/engine";
import { ConnectorError, type Connector, type ConnectorSchema } from "@joinery/connectors";
import type { TenantId } from "@joinery/kit";
import type { ApplicationSchema } from "../domain/application.js";
import { connectionFailure, withConnector, type ConnectionState, type Place } from "./connect.js";
import type { Deps } from "./ports.js";

const patienceMs = 30_000;

/** Whether the system can be reached, and what attributes it has; nothing is stored. */
export async function discover(
  deps: Deps,
  tenant: TenantId,
  place: Place,
): Promise<{ readonly connection: ConnectionState; readonly schema: ApplicationSchema | null }> {
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const schema = await withConnector(deps, tenant, place, async (connector) => {
      await connector.check(signal);
      return describe(connector, signal);
    });
    return { connection: { ok: true }, schema };
  } catch (error) {
    if (!(error instanceof ConnectorError)) deps.log.error("a connector failed", error);
    return { connection: { ok: false, ...connectionFailure(error) }, schema: null };
  }
}

/** Null for a system that is only written to. Throws ConnectorError. */
export async function describe(
  connector: Connector,
  signal: AbortSignal,
): Promise<ApplicationSchema | null> {
  return connector.reads === undefined ? null : toSchema(await connector.reads.describe(signal));
}

function toSchema(schema: ConnectorSchema): ApplicationSchema {
  const { user, group } = schema;
  return {
    ...(user === undefined ? {} : { user: user.map((each): AttributeSchema => each) }),
    ...(group === undefined ? {} : { group: group.map((each): AttributeSchema => each) }),
  };
}
