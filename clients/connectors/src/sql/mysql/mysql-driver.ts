import { connect } from "node:net";
import type { Connection, FieldPacket, ResultSetHeader, RowDataPacket } from "mysql2/promise";
import { shortest } from "../shortest-float.js";
import type { SignIn, SqlCell, SqlDriver, SqlField, SqlResult } from "../session.js";

type Wire = string | number | Buffer | null;

/** What MySQL says of a column of a result. */
export type MysqlField = Pick<
  FieldPacket, "name" | "columnType" | "flags" | "characterSet" | "columnLength" | "decimals"
>;

const floatType = 4;

/** Connects and signs in; the driver is loaded by the first who needs it. */
export async function connectMysql(
  { configuration, password, ca }: SignIn, signal: AbortSignal,
): Promise<SqlDriver> {
  const { createConnection } = await import("mysql2/promise");
  const { host, port = 3306, database, user, timeouts, allowPlain, serverName } = configuration;
  const socket = connect({ host, port, keepAlive: true, noDelay: true });
  const onAbort = (): void => { socket.destroy(); };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const connection = await password.use((plain) => createConnection({
      stream: () => socket,
      // The name that the certificate has to bear.
      host: serverName ?? host,
      database, user, password: plain,
      connectTimeout: timeouts.connectMs,
      charset: "utf8mb4",
      // Nothing is rounded, shifted or parsed on its way.
      supportBigNumbers: true, bigNumberStrings: true, dateStrings: true, jsonStrings: true,
      multipleStatements: false,
      // A server may else ask for files of ours.
      flags: ["-LOCAL_FILES"],
      ...(allowPlain ? {} : { ssl: {
        ...(ca === undefined ? {} : { ca }), minVersion: "TLSv1.2", rejectUnauthorized: true,
        verifyIdentity: true,
      } }),
    }));
    // Without a listener an idle connection that breaks would end the process.
    connection.on("error", () => undefined);
    return new MysqlDriver(connection, () => { socket.destroy(); });
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

class MysqlDriver implements SqlDriver {
  private readonly connection: Connection;
  private readonly hangUp: () => void;

  constructor(connection: Connection, hangUp: () => void) {
    this.connection = connection;
    this.hangUp = hangUp;
  }

  async query(text: string, values: readonly SqlCell[]): Promise<SqlResult> {
    const [result, fields] = await this.connection.execute<RowDataPacket[][] | ResultSetHeader>({
      sql: text, values: [...values], rowsAsArray: true,
    });
    if (!Array.isArray(result)) return { rows: [], affected: result.affectedRows };
    // A procedure answers with results of its own, which nobody here has asked for.
    if (result.some((row) => !Array.isArray(row)) || Array.isArray(result[0]?.[0])) {
      return { rows: [], affected: 0 };
    }
    const floats = fields.flatMap((field, at) => (field.columnType === floatType ? [at] : []));
    const rows = result as unknown as Wire[][];
    return { rows: rows.map((row) => cellsOf(row, floats)), affected: rows.length };
  }

  async control(text: string): Promise<void> {
    await this.connection.query(text);
  }

  async fields(text: string): Promise<readonly SqlField[]> {
    const [, fields] = await this.connection.execute({ sql: text, rowsAsArray: true });
    return fields.map((field) => ({ name: field.name, native: field }));
  }

  async end(): Promise<void> {
    await this.connection.end();
  }

  destroy(): void {
    this.connection.destroy();
    this.hangUp();
  }
}

/** The row itself, its numbers as texts. */
function cellsOf(row: Wire[], floats: readonly number[]): readonly SqlCell[] {
  const cells = row as Exclude<Wire, number>[];
  for (let at = 0; at < cells.length; at += 1) {
    const cell: Wire = row[at] as Wire;
    if (typeof cell === "number" && !floats.includes(at)) cells[at] = String(cell);
  }
  for (const at of floats) {
    const number = row[at];
    if (typeof number === "number") cells[at] = shortest(number);
  }
  return cells;
}
