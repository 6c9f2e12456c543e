import { ConnectorError, type ConnectorHost, type Secret } from "../connector.js";
import type { HttpAuthentication } from "./http-configuration.js";
import type { HttpTransport } from "./http-transport.js";
import { jsonOf } from "./json-answer.js";
import { meaningOfStatus, statusError } from "./status-errors.js";

/** What a request carries to prove who we are; names of headers are in lower case. */
export interface Proof {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

/** How requests prove who we are. */
export interface Authentication {
  /** Throws ConnectorError where it cannot be had. */
  proof(signal: AbortSignal): Promise<Proof>;
  /** That the server did not take this one. Whether another can be had. */
  reject(proof: Proof): boolean;
}

/** Opens the secrets that the settings name. */
export async function openAuthentication(
  settings: HttpAuthentication, host: ConnectorHost, transport: HttpTransport,
): Promise<Authentication> {
  switch (settings.kind) {
    case "none":
      return { proof: () => Promise.resolve({}), reject: () => false };
    case "bearer":
      return fixed(await host.secret(settings.tokenSecret),
        (token) => inHeader("authorization", `Bearer ${token}`));
    case "basic":
      return fixed(await host.secret(settings.passwordSecret),
        (password) => inHeader("authorization", basic(settings.user, password)));
    case "apiKey":
      return fixed(await host.secret(settings.keySecret), (key) => (settings.in === "query"
        ? { query: { [settings.name]: key } } : inHeader(settings.name.toLowerCase(), key)));
    case "oauth2":
      return new ClientCredentials(settings, await host.secret(settings.clientSecret), transport);
  }
}

function fixed(secret: Secret, toProof: (plain: string) => Proof): Authentication {
  return {
    proof: async () => Promise.resolve(secret.use((plain) => toProof(plain))), reject: () => false,
  };
}

function inHeader(name: string, value: string): Proof {
  return { headers: { [name]: sendable(value) } };
}

/** A secret with a line end in it would be two headers, and Node's error would show it. */
function sendable(header: string): string {
  if (/^[\x20-\x7e]+$/.test(header)) return header;
  const why = "the secret to sign in with has characters that no header may have";
  throw new ConnectorError("stop", "MISCONFIGURED", why);
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** So long before its end a token is renewed, so that none ends on its way. */
const earlyMs = 30_000;

/** RFC 6749 §4.4. One token for all requests, asked for by one of those who wait for it. */
class ClientCredentials implements Authentication {
  private readonly settings: Extract<HttpAuthentication, { readonly kind: "oauth2" }>;
  private readonly secret: Secret;
  private readonly transport: HttpTransport;
  private token: { readonly proof: Proof; readonly untilMs: number } | undefined;
  private asking: Promise<Proof> | undefined;

  constructor(
    settings: Extract<HttpAuthentication, { readonly kind: "oauth2" }>, secret: Secret,
    transport: HttpTransport,
  ) {
    this.settings = settings;
    this.secret = secret;
    this.transport = transport;
  }

  async proof(signal: AbortSignal): Promise<Proof> {
    for (;;) {
      if (this.token !== undefined && Date.now() < this.token.untilMs) return this.token.proof;
      const isMine = this.asking === undefined;
      this.asking ??= this.ask(signal).finally(() => { this.asking = undefined; });
      try {
        return await this.asking;
      } catch (error) {
        signal.throwIfAborted();
        // Whoever asked was aborted, and we were not: ask again.
        if (isMine || error instanceof ConnectorError) throw error;
      }
    }
  }

  reject(proof: Proof): boolean {
    if (this.token?.proof === proof) this.token = undefined;
    return true;
  }

  private async ask(signal: AbortSignal): Promise<Proof> {
    const { tokenUrl, clientId, clientIn, scope } = this.settings;
    const askedMs = Date.now();
    const { headers, form } = this.secret.use((secret) => ({
      headers: clientIn === "header" ? { authorization: clientHeader(clientId, secret) } : {},
      form: clientIn === "form" ? { client_id: clientId, client_secret: secret } : {},
    }));
    const body = new URLSearchParams({
      grant_type: "client_credentials", ...(scope === undefined ? {} : { scope }), ...form,
    });
    const answer = await this.transport.exchange({
      method: "POST", url: new URL(tokenUrl), body: body.toString(),
      headers: {
        "content-type": "application/x-www-form-urlencoded", accept: "application/json", ...headers,
      },
    }, signal);
    if (answer.status !== 200) {
      throw tokenError(answer.status, statusError("read", answer, askedMs));
    }
    const { header, lifeMs } = tokenOf(jsonOf(answer));
    const proof = inHeader("authorization", header);
    this.token = { proof, untilMs: askedMs + Math.max(lifeMs - earlyMs, lifeMs / 2) };
    return proof;
  }
}

/** RFC 6749 §2.3.1: name and secret are written as in a form. */
function clientHeader(clientId: string, secret: string): string {
  const encode = (text: string) => new URLSearchParams({ x: text }).toString().slice(2);
  return basic(encode(clientId), encode(secret));
}

function tokenError(status: number, error: ConnectorError): ConnectorError {
  if (meaningOfStatus("read", status).kind === "retry") return error;
  // RFC 6749 §5.2 answers 400 to a client that it does not know.
  const isRefusal = status >= 400 && status < 500 && status !== 404;
  const code = isRefusal ? "CREDENTIALS_REJECTED" : "MISCONFIGURED";
  return new ConnectorError("stop", code, `no token: ${error.message}`);
}

function tokenOf(json: unknown): { readonly header: string; readonly lifeMs: number } {
  const found = typeof json === "object" && json !== null ? json as Record<string, unknown> : {};
  const { access_token: token, token_type: type, expires_in: life } = found;
  if (typeof token !== "string" || token === "" || String(type).toLowerCase() !== "bearer") {
    throw new ConnectorError("stop", "MISCONFIGURED", "the answer holds no bearer token");
  }
  const seconds = Number(life);
  // RFC 6749 §5.1: how long it lasts is recommended to be said. Where not, the server will say.
  const lifeMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 300_000;
  return { header: `Bearer ${token}`, lifeMs };
}
