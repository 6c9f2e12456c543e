import { isIP } from "node:net";
import { Agent } from "undici";
import { connectionError } from "../connection-errors.js";
import { ConnectorError, type ConnectorHost, type Reach } from "../connector.js";
import { publicReach } from "../reach/reach.js";
import type { HttpConfiguration } from "./http-configuration.js";
import { permittedConnector } from "./permitted-connector.js";

export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** One request, whole. Names of headers are in lower case. */
export interface HttpMessage {
  readonly method: HttpMethod;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * One answer, whole. Names of headers are in lower case; of several the last counts, but links are
 * one list (RFC 8288 §3).
 */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

type Limits = Pick<HttpConfiguration, "timeouts" | "answerBytesMax">;

/**
 * Sends requests over connections that stay open, certificates verified. Follows no redirect, sends
 * nothing twice, takes no answer over its bound or after its time, connects where `reach` permits.
 */
export class HttpTransport {
  private readonly agent: Agent;
  private readonly limits: Limits;

  constructor(settings: HttpConfiguration, ca: string | undefined, reach: Reach) {
    this.limits = settings;
    const { connectMs, answerMs } = settings.timeouts;
    const { serverName } = settings;
    this.agent = new Agent({
      pipelining: 1,
      headersTimeout: answerMs,
      bodyTimeout: answerMs,
      connect: permittedConnector(reach, {
        timeout: connectMs,
        ...(ca === undefined ? {} : { ca }),
        ...(serverName === undefined || isIP(serverName) !== 0 ? {} : { servername: serverName }),
      }),
    });
  }

  /** Opens the secret that the settings name for the authorities to trust. */
  static async open(settings: HttpConfiguration, host: ConnectorHost): Promise<HttpTransport> {
    const { ca, caSecret } = settings;
    const opened = caSecret === undefined ? undefined : await host.secret(caSecret);
    const authorities = opened?.use((plain) => plain) ?? ca;
    return new HttpTransport(settings, authorities, host.reach ?? publicReach);
  }

  /**
   * Throws ConnectorError `CONNECTOR_*` where there is no whole answer, `CERTIFICATE_UNTRUSTED`,
   * `ADDRESS_DENIED`, `LIMIT_EXCEEDED`, `MISCONFIGURED`; after an abort the signal's reason.
   */
  async exchange(message: HttpMessage, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const stopper = new AbortController();
    const onAbort = (): void => { stopper.abort(signal.reason); };
    signal.addEventListener("abort", onAbort, { once: true });
    const late = new ConnectorError("retry", "CONNECTOR_TIMEOUT", "no whole answer in time");
    const timer = setTimeout(() => { stopper.abort(late); }, this.limits.timeouts.answerMs);
    try {
      return await this.receive(message, stopper.signal);
    } catch (error) {
      if (stopper.signal.aborted) throw stopper.signal.reason;
      throw error instanceof ConnectorError ? error : transportError(error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private async receive(
    { method, url, headers, body }: HttpMessage, signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const answer = await this.agent.request({
      origin: url.origin, path: `${url.pathname}${url.search}`, method, headers, signal,
      ...(body === undefined ? {} : { body }),
    });
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of answer.body as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > this.limits.answerBytesMax) {
        throw new ConnectorError("stop", "LIMIT_EXCEEDED", "an answer is larger than allowed");
      }
      parts.push(part);
    }
    const found = new Map<string, string>();
    for (const [name, value] of Object.entries(answer.headers)) {
      const key = name.toLowerCase();
      const last = !Array.isArray(value) ? value : key === "link" ? value.join(", ") : value.at(-1);
      if (last !== undefined) found.set(key, last);
    }
    return { status: answer.statusCode, headers: found, body: Buffer.concat(parts) };
  }
}

const timeoutCodes = new Set([
  "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT",
]);

/** The meaning of what undici and the socket throw. */
function transportError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (timeoutCodes.has(code)) {
    return new ConnectorError("retry", "CONNECTOR_TIMEOUT", `no answer: ${code}`, {
      cause: error,
    });
  }
  if (code === "UND_ERR_INVALID_ARG" || error.name === "HTTPParserError") {
    const why = `no HTTP can be spoken: ${code || error.name}`;
    return new ConnectorError("stop", "MISCONFIGURED", why, { cause: error });
  }
  return connectionError(error);
}
