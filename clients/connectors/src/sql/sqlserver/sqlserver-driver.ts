import { shortest } from "../shortest-float.js";
import type { SignIn, SqlCell, SqlDriver, SqlField, SqlResult } from "../session.js";
import { refusalOf } from "./sqlserver-errors.js";
import {
  loadTedious, type Tedious, type TediousCell, type TediousConnection, type TediousRequest,
} from "./tedious.js";

/** Connects and signs in; the driver is loaded by the first who needs it. */
export async function connectSqlServer(
  { configuration, password, ca }: SignIn, signal: AbortSignal,
): Promise<SqlDriver> {
  const tedious = loadTedious();
  const { host, port = 1433, database, user, timeouts, allowPlain, serverName } = configuration;
  const connection = password.use((plain) => new tedious.Connection({
    server: host,
    authentication: { type: "default", options: { userName: user, password: plain } },
    options: {
      port, database, appName: "joinery",
      encrypt: !allowPlain, trustServerCertificate: false,
      ...(serverName === undefined ? {} : { serverName }),
      cryptoCredentialsDetails: { ...(ca === undefined ? {} : { ca }), minVersion: "TLSv1.2" },
      connectTimeout: timeouts.connectMs,
      // Sessions have a clock of their own, runs try again by themselves.
      requestTimeout: 0, maxRetriesOnTransientErrors: 0,
      dateFormat: "ymd",
    },
  }));
  const told: number[] = [];
  // Without a listener an idle connection that breaks would end the process.
  connection.on("error", () => undefined);
  connection.on("errorMessage", ({ number }) => { told.push(number); });
  const onAbort = (): void => { connection.close(); };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      connection.connect((error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
    return new SqlServerDriver(tedious, connection);
  } catch (error) {
    connection.close();
    throw refusalOf(error, told);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** How many rows the statement met: triggers report theirs too, but this is of ours alone. */
const affectedName = "joinery_affected";

class SqlServerDriver implements SqlDriver {
  private readonly tedious: Tedious;
  private readonly connection: TediousConnection;

  constructor(tedious: Tedious, connection: TediousConnection) {
    this.tedious = tedious;
    this.connection = connection;
  }

  async query(text: string, values: readonly SqlCell[]): Promise<SqlResult> {
    const rows: SqlCell[][] = [];
    let affected = 0;
    const { TYPES } = this.tedious;
    await this.ask(`${text};\nset @${affectedName} = @@rowcount`, (request) => {
      for (const [at, value] of values.entries()) {
        const isBytes = Buffer.isBuffer(value);
        // Of one declared length, else the server plans anew for each; longer ones are "max".
        const length = isBytes ? 8_000 : 4_000;
        request.addParameter(`p${at + 1}`, isBytes ? TYPES.VarBinary : TYPES.NVarChar, value,
          (value?.length ?? 0) > length ? {} : { length });
      }
      request.addOutputParameter(affectedName, TYPES.Int);
      request.on("row", (cells) => { rows.push(cells.map(cellOf)); });
      request.on("returnValue", (name, value) => {
        if (name === affectedName) affected = Number(value);
      });
      this.connection.execSql(request);
    });
    return { rows, affected };
  }

  async control(text: string): Promise<void> {
    await this.ask(text, (request) => { this.connection.execSqlBatch(request); });
  }

  async fields(text: string): Promise<readonly SqlField[]> {
    const fields: SqlField[] = [];
    await this.ask(text, (request) => {
      request.on("columnMetadata", (columns) => {
        fields.push(...columns.map((column) => ({ name: column.colName, native: column })));
      });
      this.connection.execSql(request);
    });
    return fields;
  }

  end(): Promise<void> {
    this.connection.close();
    return Promise.resolve();
  }

  destroy(): void {
    this.connection.close();
  }

  private async ask(text: string, send: (request: TediousRequest) => void): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      send(new this.tedious.Request(text, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(refusalOf(error, []));
      }));
    });
  }
}

/** Numbers and truths as texts; whatever a number would be too small for was selected as text. */
export function cellOf({ value, metadata }: TediousCell): SqlCell {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || Buffer.isBuffer(value)) return value;
  if (typeof value === "boolean") return value ? "1" : "0";
  // A Date, or a list: of what nobody here has selected.
  if (typeof value !== "number") return JSON.stringify(value);
  const { type, dataLength } = metadata;
  const isShort = type.name === "Real" || (type.name === "FloatN" && dataLength === 4);
  return isShort ? shortest(value) : String(value);
}
