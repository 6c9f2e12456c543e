import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import {
  BindRequest, PagedResultsControl, SearchRequest, type Control, type Message,
} from "ldapts";
import { ConnectorError, type ConnectorHost, type Secret } from "../connector.js";
import type { LdapConfiguration } from "./configuration.js";
import type { LdapDialect } from "./dialect.js";
import { LdapConnection } from "./connection.js";
import { EncodedFilter, type LdapFilter } from "./filter.js";
import { readCookie, type Intermediate, type LdapResult, type RawEntry } from "./messages.js";
import type { LdapTask } from "./result-codes.js";

/** Where to sign in and with what; secrets are opened only where they are used. */
export interface SignIn {
  readonly dialect: LdapDialect;
  readonly configuration: LdapConfiguration;
  readonly password: Secret;
  readonly ca: string | undefined;
}

export interface Search {
  readonly base: string;
  readonly scope: "base" | "one" | "sub";
  readonly filter: LdapFilter;
  readonly attributes: readonly string[];
}

/** Opens the secrets that the configuration names. */
export async function prepareSignIn(
  dialect: LdapDialect, configuration: LdapConfiguration, host: ConnectorHost,
): Promise<SignIn> {
  const password = await host.secret(configuration.passwordSecret);
  const { ca, caSecret } = configuration;
  if (caSecret === undefined) return { dialect, configuration, password, ca };
  const opened = await host.secret(caSecret);
  return { dialect, configuration, password, ca: opened.use((plain) => plain) };
}

/** A signed-in connection. Broken once, it stays so; whoever holds it opens another. */
export class LdapSession {
  readonly connection: LdapConnection;
  readonly configuration: LdapConfiguration;
  readonly dialect: LdapDialect;

  private constructor(
    connection: LdapConnection,
    { configuration, dialect }: Pick<SignIn, "configuration" | "dialect">,
  ) {
    this.connection = connection;
    this.configuration = configuration;
    this.dialect = dialect;
  }

  /**
   * Connects, encrypts and signs in. An abort of the signal breaks the session at any time.
   * Throws ConnectorError `CONNECTOR_*`, `CERTIFICATE_UNTRUSTED`, `CREDENTIALS_REJECTED`,
   * `MISCONFIGURED`, or the signal's reason.
   */
  static async open(signIn: SignIn, signal: AbortSignal): Promise<LdapSession> {
    const { configuration } = signIn;
    const url = new URL(configuration.url);
    const secure = url.protocol === "ldaps:";
    const connection = await LdapConnection.open({
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port === "" ? (secure ? 636 : 389) : Number(url.port),
      tls: secure || configuration.startTls ? tlsOptions(signIn) : undefined,
      connectTimeoutMs: configuration.timeouts.connectMs,
      answerTimeoutMs: configuration.timeouts.answerMs,
      answerBytesMax: configuration.limits.answerBytesMax,
    }, secure, signal);
    const onAbort = (): void => { connection.fail(signal.reason); };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      const { dialect } = signIn;
      if (configuration.startTls) {
        demand(dialect, "signIn", await connection.startTls(signal), "StartTLS");
      }
      await bind(connection, signIn);
      return new LdapSession(connection, signIn);
    } catch (error) {
      connection.fail(error);
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  get isBroken(): boolean {
    return this.connection.isBroken;
  }

  /** Breaks the session when the signal aborts, until the returned function is called. */
  breakOnAbort(signal: AbortSignal): () => void {
    const onAbort = (): void => { this.connection.fail(signal.reason); };
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    return () => { signal.removeEventListener("abort", onAbort); };
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  /** Sends a request; the answer's result code is the caller's to judge. */
  send(make: (messageId: number) => Message): Promise<LdapResult> {
    return this.connection.request(make);
  }

  /** The entry of a name, undefined when there is none. Throws ConnectorError. */
  async readEntry(
    dn: string, attributes: readonly string[], task: LdapTask = "read",
  ): Promise<RawEntry | undefined> {
    const everything: LdapFilter = { kind: "present", attribute: "objectClass" };
    const found: RawEntry[] = [];
    const search = { base: dn, scope: "base", filter: everything, attributes } as const;
    const response = await this.search(search, found);
    if (response.status === noSuchObject) return undefined;
    this.demand(task, response, "reading an entry");
    return found[0];
  }

  /** Entries that fit, at most `max` and one more. Throws ConnectorError. */
  async find(search: Search, max: number, task: LdapTask = "read"): Promise<readonly RawEntry[]> {
    const found: RawEntry[] = [];
    const response = await this.search(search, found, { sizeLimit: max + 1 });
    if (response.status === noSuchObject) return [];
    const enough = response.status === sizeLimitExceeded && found.length > max;
    if (!enough) this.demand(task, response, "searching");
    return found;
  }

  /**
   * All entries that fit, page by page (RFC 2696). The next page is asked for before the last one
   * is handed over. A page may be empty and not the last. Throws ConnectorError.
   */
  async *pages(
    search: Search, controls: readonly Control[] = [],
  ): AsyncGenerator<readonly RawEntry[]> {
    let page: Promise<Page> | undefined = this.page(search, controls, undefined);
    let emptyPages = 0;
    while (page !== undefined) {
      const { entries, cookie }: Page = await page;
      emptyPages = entries.length === 0 ? emptyPages + 1 : 0;
      if (emptyPages > emptyPagesMax) {
        throw new ConnectorError(
          "stop",
          "SOURCE_INCOMPLETE",
          "the server sends empty pages without end",
        );
      }
      page = cookie === undefined ? undefined : this.page(search, controls, cookie);
      // Where the reader stops early nobody waits for the page ahead.
      page?.catch(() => undefined);
      yield entries;
    }
  }

  /** The same, and nothing where the base is not there (any more). */
  async *pagesIfThere(search: Search): AsyncGenerator<readonly RawEntry[]> {
    if ((await this.readEntry(search.base, ["1.1"])) !== undefined) yield* this.pages(search);
  }

  private async page(
    search: Search, controls: readonly Control[], cookie: Buffer | undefined,
  ): Promise<Page> {
    const entries: RawEntry[] = [];
    const size = this.configuration.pageSize;
    const value = cookie === undefined ? { size } : { size, cookie };
    const control = new PagedResultsControl({ critical: true, value });
    const response = await this.search(search, entries, { controls: [...controls, control] });
    this.demand("read", response, `searching below "${search.base}"`);
    const paging = response.controls.get(PagedResultsControl.type);
    if (paging !== undefined) return { entries, cookie: readCookie(paging) };
    // Who knows no pages gives everything at once; a full page and no word is no end.
    if (entries.length !== size) return { entries, cookie: undefined };
    const why = "the server does not say whether a page is the last";
    throw new ConnectorError("stop", "SOURCE_INCOMPLETE", why);
  }

  /** Throws what an answer other than success means; `what` was tried, without values. */
  demand(task: LdapTask, result: LdapResult, what: string): void {
    demand(this.dialect, task, result, what);
  }

  /** One search; what its answer means is the caller's to judge. Throws ConnectorError. */
  async search(
    search: Search, found: EntrySink,
    { sizeLimit = 0, controls = [], isEndless = false, onIntermediate }: SearchOptions = {},
  ): Promise<LdapResult> {
    let references = 0;
    const response = await this.connection.request((messageId) => new SearchRequest({
      messageId, baseDN: search.base, scope: search.scope, filter: new EncodedFilter(search.filter),
      attributes: [...search.attributes], sizeLimit,
      // ldapts would ask for 10 seconds; 0 leaves it to the server and to our own timeout.
      timeLimit: 0,
      controls: [...this.dialect.searchControls, ...controls],
    }), {
      onEntry: (entry) => { found.push(entry); },
      onReference: () => { references += 1; },
      onIntermediate,
      isEndless,
    });
    if (references === 0 || this.configuration.referrals === "ignore") return response;
    throw new ConnectorError(
      "stop", "SOURCE_INCOMPLETE", `the server points to others for entries below "${search.base}"`,
    );
  }
}

export interface SearchOptions {
  /** Most entries that the server shall send; 0 is no limit. */
  readonly sizeLimit?: number;
  readonly controls?: readonly Control[];
  /** Whether the server answers for as long as we listen. */
  readonly isEndless?: boolean;
  readonly onIntermediate?: (response: Intermediate) => void;
}

/** Takes entries as they come, like an array. */
export interface EntrySink {
  push(entry: RawEntry): unknown;
}

interface Page {
  readonly entries: readonly RawEntry[];
  readonly cookie: Buffer | undefined;
}

const emptyPagesMax = 1_000;
const noSuchObject = 32;
const sizeLimitExceeded = 4;

function demand(dialect: LdapDialect, task: LdapTask, result: LdapResult, what: string): void {
  if (result.status === 0) return;
  const { kind, code, name } = dialect.explain(task, result);
  throw new ConnectorError(kind, code, `${what}: ${name} (${result.status})`);
}

async function bind(
  connection: LdapConnection,
  { configuration, dialect, password }: SignIn,
): Promise<void> {
  const sent = password.use((plain) => {
    // RFC 4513 §5.1.2: a name with an empty password succeeds, and signs nobody in.
    if (plain === "") throw new ConnectorError("stop", "MISCONFIGURED", "the password is empty");
    return connection.request(
      (messageId) => new BindRequest({ messageId, dn: configuration.bindDn, password: plain }),
    );
  });
  demand(dialect, "signIn", await sent, "signing in");
}

function tlsOptions({ configuration, ca }: SignIn): ConnectionOptions {
  const host = new URL(configuration.url).hostname;
  // A name is sent along for servers with several certificates; an address never is.
  const name =
    configuration.serverName ?? (isIP(host.replace(/^\[|\]$/g, "")) === 0 ? host : undefined);
  return {
    minVersion: "TLSv1.2",
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...(name === undefined ? {} : { servername: name }),
  };
}
