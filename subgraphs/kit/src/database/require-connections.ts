import { JoineryError } from "../errors.js";
import { survivingClient } from "./connections.js";

/**
 * Throws DATABASE_CONNECTIONS_TOO_FEW for a server that cannot hold so many connections of ours,
 * whatever else uses it: told at the start, not by requests that fail under load.
 */
export async function requireConnections(adminUrl: string, needed: number): Promise<void> {
  const client = survivingClient({
    connectionString: adminUrl,
    application_name: "joinery bootstrap",
  });
  await client.connect();
  try {
    const { rows } = await client.query<{ most: number; kept: number }>(
      `select current_setting('max_connections')::int as most,
         current_setting('superuser_reserved_connections')::int
           + coalesce(current_setting('reserved_connections', true)::int, 0) as kept`,
    );
    const { most = 0, kept = 0 } = rows[0] ?? {};
    if (most - kept >= needed) return;
    const message = `PostgreSQL takes ${most - kept} connections and Joinery needs ${needed}: ` +
      `raise max_connections to ${needed + kept} or more, or lower JOINERY_POOL_SIZE`;
    throw new JoineryError("DATABASE_CONNECTIONS_TOO_FEW", message, { most, kept, needed });
  } finally {
    await client.end();
  }
}
