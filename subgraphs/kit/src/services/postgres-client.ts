import pg from "pg";
import { JoineryError } from "../errors.js";

/** What a server says of itself. */
export interface PostgresFacts {
  version: string;
  major: number;
  dataDirectory: string | undefined;
}

/** The oldest version that Joinery's SQL is tested with. */
export const oldestPostgres = 15;

/**
 * Connects once and asks. `DATABASE_UNREACHABLE` when that fails: the message names host, port
 * and the server's code, never the password.
 */
export async function askPostgres(url: string, timeoutMs = 10_000): Promise<PostgresFacts> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    application_name: "joinery launcher",
  });
  // A connection that breaks after its query has nothing left to tell us.
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string; folder: string | null }>(
      // A role without pg_read_all_settings gets NULL, not an error.
      "select current_setting('server_version') as version, (select setting from pg_settings " +
        "where name = 'data_directory') as folder",
    );
    const version = /^\d+(\.\d+)*/.exec(rows[0]?.version ?? "")?.[0] ?? "0";
    return {
      version,
      major: Number.parseInt(version, 10),
      dataDirectory: rows[0]?.folder ?? undefined,
    };
  } catch (cause) {
    throw unreachable(url, cause);
  } finally {
    await client.end().catch(() => undefined); // It may never have been connected.
  }
}

function unreachable(url: string, cause: unknown): JoineryError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "none";
  const { host, port } = addressOf(url);
  const message = `PostgreSQL at ${host}:${port} does not answer as it should (${code})`;
  return new JoineryError("DATABASE_UNREACHABLE", message, { host, port, reason: code }, { cause });
}

/** Host and port for messages; a URL that does not parse is not repeated, it may hold a secret. */
export function addressOf(url: string): { host: string; port: number } {
  try {
    const { hostname, port } = new URL(url);
    return { host: hostname || "unix socket", port: port ? Number(port) : 5432 };
  } catch {
    return { host: "unreadable URL", port: 0 };
  }
}
