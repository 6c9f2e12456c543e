import { createRequire } from "node:module";
import { ConnectorError } from "../../connector.js";

/** The release that this was written for. */
export const tediousVersion = "20.3.9";

/** What of the driver is used here. It need not be installed, so its own types may be missing. */
export interface Tedious {
  readonly Connection: new (settings: object) => TediousConnection;
  readonly Request: new (
    text: string, done: (error: Error | null | undefined) => void,
  ) => TediousRequest;
  readonly TYPES: Readonly<Record<"NVarChar" | "VarBinary" | "Int", object>>;
}

export interface TediousConnection {
  connect(done: (error?: Error) => void): void;
  execSql(request: TediousRequest): void;
  execSqlBatch(request: TediousRequest): void;
  close(): void;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "errorMessage", listener: (message: { readonly number: number }) => void): void;
}

export interface TediousRequest {
  addParameter(
    name: string, type: object, value: string | Buffer | null,
    options: { readonly length?: number },
  ): void;
  addOutputParameter(name: string, type: object): void;
  on(event: "columnMetadata", listener: (columns: readonly TediousColumn[]) => void): void;
  on(event: "row", listener: (cells: readonly TediousCell[]) => void): void;
  on(event: "returnValue", listener: (name: string, value: unknown) => void): void;
}

export interface TediousColumn {
  readonly colName: string;
  readonly type: { readonly name: string };
  readonly dataLength?: number | undefined;
}

export interface TediousCell {
  readonly metadata: TediousColumn;
  readonly value: unknown;
}

const load = createRequire(import.meta.url);

/** The driver, loaded by the first who needs it. Throws ConnectorError `MISCONFIGURED`. */
export function loadTedious(): Tedious {
  try {
    return load("tedious") as Tedious;
  } catch (error) {
    if (!tediousMissing()) throw error;
    const what = "the driver of SQL Server is not installed: "
      + `npm install --no-save tedious@${tediousVersion}`;
    throw new ConnectorError("stop", "MISCONFIGURED", what, { cause: error });
  }
}

/** Whether the driver is not installed. */
export function tediousMissing(): boolean {
  try {
    load.resolve("tedious");
    return false;
  } catch {
    return true;
  }
}
