import { ConnectorError, type Secret } from "../connector.js";
import { connectionError } from "../connection-errors.js";
import type { SqlConfiguration } from "./configuration.js";
import type { SqlDialect, SqlTask } from "./dialect.js";
import { render, type Statement } from "./statement.js";

/** One cell as a driver gives and takes it: text, bytes, or no value. */
export type SqlCell = string | Buffer | null;
export type SqlRow = readonly SqlCell[];

export interface SqlResult {
  readonly rows: readonly SqlRow[];
  /** How many rows a statement met that writes. */
  readonly affected: number;
}

/** A column of a result as the driver tells it. */
export interface SqlField {
  readonly name: string;
  /** The driver's own description, which its dialect understands. */
  readonly native: unknown;
}

/** One connection of a driver. Its errors are its own; the session explains them. */
export interface SqlDriver {
  /** One statement with bound parameters; the server parses it before it sees the values. */
  query(text: string, values: readonly SqlCell[]): Promise<SqlResult>;
  /** One statement without values that steers the session, such as COMMIT. */
  control(text: string): Promise<void>;
  /** The columns that a query without parameters gives. */
  fields(text: string): Promise<readonly SqlField[]>;
  end(): Promise<void>;
  /** Hangs up at once. Whatever waits fails. */
  destroy(): void;
}

/** Where to sign in and with what; the secret is opened only to sign in. */
export interface SignIn {
  readonly dialect: SqlDialect;
  readonly configuration: SqlConfiguration;
  readonly password: Secret;
  readonly ca: string | undefined;
}

/** A signed-in connection. Broken once, it stays so; whoever holds it opens another. */
export class SqlSession {
  readonly dialect: SqlDialect;
  readonly configuration: SqlConfiguration;

  private readonly driver: SqlDriver;
  private broken: { readonly reason: unknown } | undefined;

  private constructor(driver: SqlDriver, { dialect, configuration }: SignIn) {
    this.driver = driver;
    this.dialect = dialect;
    this.configuration = configuration;
  }

  /**
   * Connects, encrypts, signs in and says how values are to be written. Throws ConnectorError
   * `CONNECTOR_*`, `CERTIFICATE_UNTRUSTED`, `CREDENTIALS_REJECTED`, `MISCONFIGURED`, or the
   * signal's reason.
   */
  static async open(signIn: SignIn, signal: AbortSignal): Promise<SqlSession> {
    signal.throwIfAborted();
    const { dialect, configuration } = signIn;
    try {
      const driver = await within(dialect.connect(signIn, signal), {
        milliseconds: configuration.timeouts.connectMs, signal, late: (late) => { late.destroy(); },
      });
      const session = new SqlSession(driver, signIn);
      const release = session.breakOnAbort(signal);
      try {
        for (const text of dialect.opening(configuration)) await session.control(text);
        return session;
      } catch (error) {
        session.fail(error);
        throw error;
      } finally {
        release();
      }
    } catch (error) {
      signal.throwIfAborted();
      throw explained(dialect, error, "signIn");
    }
  }

  get isBroken(): boolean {
    return this.broken !== undefined;
  }

  /** Rows of one statement. Throws ConnectorError; one that broke the line breaks the session. */
  async run(statement: Statement, task: SqlTask = "read"): Promise<SqlResult> {
    const { text, values } = render(this.dialect, statement);
    return this.guarded(() => this.driver.query(text, values), task);
  }

  async control(text: string, task: SqlTask = "read"): Promise<void> {
    await this.guarded(() => this.driver.control(text), task);
  }

  async fields(text: string): Promise<readonly SqlField[]> {
    return this.guarded(() => this.driver.fields(text), "read");
  }

  /** Breaks the session when the signal aborts, until the returned function is called. */
  breakOnAbort(signal: AbortSignal): () => void {
    const onAbort = (): void => { this.fail(signal.reason); };
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    return () => { signal.removeEventListener("abort", onAbort); };
  }

  /** Nothing more goes over this connection; whoever waits for it gets the reason. */
  fail(reason: unknown): void {
    if (this.broken !== undefined) return;
    this.broken = { reason };
    this.driver.destroy();
  }

  async close(): Promise<void> {
    if (this.broken !== undefined) return;
    this.broken = { reason: new ConnectorError("retry", "CONNECTOR_UNREACHABLE", "it was closed") };
    const end = this.driver.end();
    await within(end, { milliseconds: 1_000 }).catch(() => { this.driver.destroy(); });
  }

  private async guarded<T>(ask: () => Promise<T>, task: SqlTask): Promise<T> {
    if (this.broken !== undefined) throw this.broken.reason;
    try {
      return await within(ask(), { milliseconds: this.configuration.timeouts.answerMs });
    } catch (error) {
      // What broke the session has the first word: an abort, an earlier end.
      if (this.broken !== undefined) throw (this.broken as { readonly reason: unknown }).reason;
      const meant = explained(this.dialect, error, task);
      if (breaksLine(meant)) this.fail(meant);
      throw meant;
    }
  }
}

function breaksLine({ code, cause }: ConnectorError): boolean {
  return code === "CONNECTOR_UNREACHABLE" || cause instanceof TimeIsUp;
}

class TimeIsUp extends Error {}

function explained(dialect: SqlDialect, error: unknown, task: SqlTask): ConnectorError {
  if (error instanceof ConnectorError) return error;
  if (error instanceof TimeIsUp) {
    return new ConnectorError("retry", "CONNECTOR_TIMEOUT", "no answer in time", { cause: error });
  }
  const meant = dialect.explain(error, task);
  if (meant === undefined) {
    return connectionError(error instanceof Error ? error : new Error("unknown error"));
  }
  return new ConnectorError(meant.kind, meant.code, meant.reason, { cause: withoutValues(error) });
}

/** A database's own message may hold values; the code alone goes on. */
function withoutValues(error: unknown): Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  return new Error(`the database said ${code}`);
}

/** A result that comes in time, else TimeIsUp; an abort throws the signal's reason. */
async function within<T>(
  result: Promise<T>,
  { milliseconds, signal, late }: {
    readonly milliseconds: number;
    readonly signal?: AbortSignal;
    readonly late?: (value: T) => void;
  },
): Promise<T> {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const end = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => { reject(new TimeIsUp()); }, milliseconds);
    onAbort = () => { reject(signal?.reason as Error); };
    signal?.addEventListener("abort", onAbort, { once: true });
  });
  result.then((value) => { if (isOver) late?.(value); }, () => undefined);
  try {
    return await Promise.race([result, end]);
  } finally {
    isOver = true;
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
