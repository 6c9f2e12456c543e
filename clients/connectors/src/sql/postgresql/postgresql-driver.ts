import { checkServerIdentity } from "node:tls";
import type { Client, FieldDef } from "pg";
import type { SignIn, SqlCell, SqlDriver, SqlField, SqlResult } from "../session.js";

const byteaType = 17;

/** Values come as the server's own text, so no digit and no sign is lost on the way. */
const types = {
  getTypeParser: (type: number) => (text: string) =>
    (type === byteaType && typeof text === "string" ? Buffer.from(text.slice(2), "hex") : text),
};

/** Connects and signs in; the driver is loaded by the first who needs it. */
export async function connectPostgresql(
  { configuration, password, ca }: SignIn, signal: AbortSignal,
): Promise<SqlDriver> {
  const { default: pg } = await import("pg");
  const { host, port, database, user, timeouts, allowPlain, serverName = host } = configuration;
  const client = password.use((plain) => new pg.Client({
    host, port: port ?? 5432, database, user, password: plain,
    application_name: "joinery",
    connectionTimeoutMillis: timeouts.connectMs,
    keepAlive: true,
    ssl: allowPlain ? false : {
      ...(ca === undefined ? {} : { ca }), minVersion: "TLSv1.2", rejectUnauthorized: true,
      checkServerIdentity: (_host, certificate) => checkServerIdentity(serverName, certificate),
    },
    types: types as never,
  }));
  // Without a listener an idle connection that breaks would end the process.
  client.on("error", () => undefined);
  const onAbort = (): void => { void client.end(); };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await client.connect();
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
  return new PostgresqlDriver(client);
}

/** What PostgreSQL says of a column of a result. */
export type PostgresqlField = Pick<
  FieldDef, "name" | "dataTypeID" | "dataTypeModifier" | "tableID" | "columnID"
>;

class PostgresqlDriver implements SqlDriver {
  private readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }

  async query(text: string, values: readonly SqlCell[]): Promise<SqlResult> {
    const { rows, rowCount } = await this.client.query<SqlCell[]>({
      text, values: [...values], rowMode: "array",
    });
    return { rows, affected: rowCount ?? 0 };
  }

  async control(text: string): Promise<void> {
    await this.client.query(text);
  }

  async fields(text: string): Promise<readonly SqlField[]> {
    // With values, even none, the server is asked to parse: it then takes one statement alone.
    const { fields } = await this.client.query({ text, values: [], rowMode: "array" });
    return fields.map((field) => ({ name: field.name, native: field }));
  }

  async end(): Promise<void> {
    await this.client.end();
  }

  destroy(): void {
    (this.client as unknown as { connection: { stream: { destroy(): void } } })
      .connection.stream.destroy();
  }
}
