import { ConnectorError, type ConnectorHost } from "../connector.js";
import { openAuthentication, type Authentication } from "./authentication.js";
import type { HttpConfiguration } from "./http-configuration.js";
import { HttpTransport, type HttpAnswer, type HttpMethod } from "./http-transport.js";
import { retryAfterMs } from "./retry-after.js";
import { mayPass } from "./status-errors.js";
import { pause, Turns } from "./turns.js";

/** One request below the address of the settings. */
export interface HttpRequest {
  readonly method: HttpMethod;
  /** Parts of the path; each is encoded, so none can lead elsewhere. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  /** Whether it only asks, so that it may be sent again; GET always does. */
  readonly isRead?: boolean;
  /**
   * Where the server said to go on, instead of the query; relative to the path. Only below the
   * address of the settings.
   */
  readonly link?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const firstWaitMs = 250;

/**
 * Speaks with one system over HTTP: signed in, patient where the server asks for patience. A read
 * is tried again, a write never. What an answer means is for the caller, but for a redirect.
 */
export class HttpClient {
  private readonly settings: HttpConfiguration;
  private readonly transport: HttpTransport;
  private readonly authentication: Authentication;
  private readonly turns: Turns;

  private constructor(
    settings: HttpConfiguration, transport: HttpTransport, authentication: Authentication,
    turns: Turns,
  ) {
    this.settings = settings;
    this.transport = transport;
    this.authentication = authentication;
    this.turns = turns;
  }

  /** Opens secrets; connects nowhere yet. */
  static async open(settings: HttpConfiguration, host: ConnectorHost): Promise<HttpClient> {
    const transport = await HttpTransport.open(settings, host);
    const proof = await openAuthentication(settings.authentication, host, transport);
    const turns = host.shared?.("http.turns", () => new Turns()) ?? new Turns();
    return new HttpClient(settings, transport, proof, turns);
  }

  /**
   * The answer, whatever its status. Throws what `HttpTransport.exchange` throws, and
   * `SOURCE_UNREADABLE` for a redirect or a link that leads out of the address of the settings.
   */
  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { retries } = this.settings;
    const turns = request.method === "GET" || request.isRead === true ? retries.max : 0;
    for (let turn = 0; ; turn += 1) {
      const outcome = await this.attempt(request, signal);
      const again = outcome instanceof ConnectorError
        ? outcome.kind === "retry" : mayPass(outcome.status);
      if (turn < turns && again) {
        await pause(Math.min(firstWaitMs * 2 ** turn, retries.waitMsMax), signal);
        continue;
      }
      if (outcome instanceof ConnectorError) throw outcome;
      return outcome;
    }
  }

  async close(): Promise<void> {
    await this.transport.close();
  }

  private async attempt(
    request: HttpRequest, signal: AbortSignal,
  ): Promise<HttpAnswer | ConnectorError> {
    const { requestsPerSecond, requestsAtOnceMax, retries: { waitMsMax } } = this.settings;
    const release = await this.turns.take(
      { requestsPerSecond, requestsAtOnceMax, waitMsMax }, signal);
    try {
      return await this.signedIn(request, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ConnectorError && error.kind === "retry") return error;
      throw error;
    } finally {
      release();
    }
  }

  /** A proof that the server does not take is renewed once; it did nothing then (RFC 9110). */
  private async signedIn(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { method, body, headers = {} } = request;
    const url = this.addressOf(request);
    for (let turn = 0; ; turn += 1) {
      const proof = await this.authentication.proof(signal);
      const message = { method, url: withQuery(url, proof.query), headers: {
        ...headers, ...proof.headers,
      } };
      const answer = await this.transport.exchange(
        body === undefined ? message : { ...message, body }, signal,
      );
      this.noteWait(answer);
      if (answer.status >= 300 && answer.status < 400) {
        const why = `the server answered ${answer.status}: it points elsewhere, as to sign in`;
        throw new ConnectorError("stop", "SOURCE_UNREADABLE", why);
      }
      if (answer.status !== 401 || turn > 0) return answer;
      if (!this.authentication.reject(proof)) return answer;
    }
  }

  private addressOf({ path, query = {}, link }: HttpRequest): URL {
    const url = new URL(this.settings.url);
    const base = url.pathname.replace(/\/+$/, "");
    const parts = path.map((part) => encodePart(part));
    url.pathname = `${base}/${parts.join("/")}`;
    if (link === undefined) return withQuery(url, query);
    const target = URL.canParse(link, url.href) ? new URL(link, url) : undefined;
    const isBelow = target?.origin === url.origin && target.pathname.startsWith(`${base}/`)
      && target.username === "" && target.password === "";
    if (isBelow) return target;
    const why = "the server points out of the address of the settings";
    throw new ConnectorError("stop", "SOURCE_UNREADABLE", why);
  }

  private noteWait({ status, headers }: HttpAnswer): void {
    if (status !== 429 && status !== 503) return;
    const now = Date.now();
    const wait = retryAfterMs(headers.get("retry-after"), now);
    if (wait !== undefined) this.turns.noteWait(now + wait);
  }
}

/** The address with more in its query; every name and value is encoded. */
function withQuery(address: URL, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(address);
  const words = Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  const there = url.search === "" ? [] : [url.search];
  if (words.length > 0) url.search = [...there, ...words].join("&");
  return url;
}

/** RFC 3986 §3.3; a part of dots alone would lead upwards, encoded or not. */
function encodePart(part: string): string {
  if (part === "" || part === "." || part === ".." || !part.isWellFormed()) {
    throw new ConnectorError("skip", "VALUE_INVALID", "an id cannot stand in an address");
  }
  return encodeURIComponent(part);
}
