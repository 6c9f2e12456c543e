import { readAnswer } from "./answer.js";
import { delay } from "./delay.js";
import type { TypedDocument } from "./document.js";
import { accepted, JoineryApiError } from "./error.js";
import { followRun, type FollowOptions } from "./follow-run.js";
import {
  signInDocument,
  signOutDocument,
  type RunDetailsFragment,
  type SignInMutation,
} from "./generated/operations.js";
import { defaultRetry, mayPass, waitBefore, type RetryPolicy } from "./retry.js";
import { send, type Fetch } from "./transport.js";

export interface JoineryClientOptions {
  /** Address of Joinery; `/graphql` is added when it is not there. */
  readonly url: string;
  /** Token of a session; `signIn` sets it too. */
  readonly token?: string;
  /** Instead of the platform's own. */
  readonly fetch?: Fetch;
  /** For each attempt; 30 seconds unless said. */
  readonly timeoutMs?: number;
  readonly retry?: Partial<RetryPolicy>;
  /** Ends every request of this client. */
  readonly signal?: AbortSignal;
}

export interface RequestOptions {
  /** Ends the request, and the wait for the next attempt, with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** Variables may be left out where the operation has none that is required. */
export type RequestArguments<Variables> =
  Record<string, never> extends Variables
    ? readonly [variables?: Variables, options?: RequestOptions]
    : readonly [variables: Variables, options?: RequestOptions];

/** A session that was opened. */
export interface SignedIn {
  readonly token: string;
  /** When it ends unused (RFC 3339); use moves it. */
  readonly expiresAt: string;
  readonly viewer: NonNullable<SignInMutation["signIn"]["viewer"]>;
}

export interface SignInOptions {
  /** Slug; may be left out by whoever belongs to one organisation. */
  readonly organisation?: string;
  /** Of an earlier session on this device: others' guesses do not hold back this sign-in then. */
  readonly formerToken?: string;
}

/**
 * A client of the graph. What a caller may do is what the session's role allows; the server checks.
 * Only what may be repeated is: a query, or a mutation promised to be idempotent.
 */
export class JoineryClient {
  readonly #url: string;
  readonly #fetch: Fetch;
  readonly #timeoutMs: number;
  readonly #retry: RetryPolicy;
  readonly #signal: AbortSignal | undefined;
  #token: string | null;

  /** Throws URL_INVALID. */
  constructor(options: JoineryClientOptions) {
    this.#url = graphUrl(options.url);
    this.#token = options.token ?? null;
    this.#fetch = options.fetch ?? globalThis.fetch;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#retry = { ...defaultRetry, ...options.retry };
    this.#signal = options.signal;
  }

  /** Token of the session, for keeping it; null before sign-in and after sign-out. */
  get token(): string | null {
    return this.#token;
  }

  /**
   * Sends an operation and answers its data, whole: an answer with errors is thrown as
   * JoineryApiError, with what it holds in spite of them as `data`.
   */
  async request<Result, Variables>(
    document: TypedDocument<Result, Variables>,
    ...[variables, options = {}]: RequestArguments<Variables>
  ): Promise<Result> {
    const { name, text } = document;
    const body = JSON.stringify({ operationName: name, query: text, variables: variables ?? {} });
    const signal = eitherOf(this.#signal, options.signal);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await this.#once(body, signal, options.timeoutMs)) as Result;
      } catch (error) {
        if (!document.isRepeatable || !mayPass(error)) throw error;
        const wait = waitBefore(attempt + 1, error, this.#retry, Math.random());
        if (wait === null) throw error;
        await delay(wait, signal);
      }
    }
  }

  /**
   * Opens a session, which this client uses from then on. Throws JoineryApiError: SIGN_IN_REFUSED,
   * TOO_MANY_ATTEMPTS (`fields.retryAfterSeconds`), ORGANISATION_REQUIRED (`organisationsOf`).
   */
  async signIn(email: string, password: string, options: SignInOptions = {}): Promise<SignedIn> {
    const input = { email, password, ...options };
    const { token, expiresAt, viewer } = accepted(
      (await this.request(signInDocument, { input })).signIn,
    );
    if (token === null || expiresAt === null || viewer === null) {
      throw new JoineryApiError("ANSWER_UNREADABLE", "neither a session nor a refusal");
    }
    this.#token = token;
    return { token, expiresAt, viewer };
  }

  /** Ends the session, or all of the person's in this organisation; it is forgotten here. */
  async signOut(options: { readonly everywhere?: boolean } = {}): Promise<number> {
    const { everywhere = false } = options;
    const { signOut } = await this.request(signOutDocument, { everywhere });
    this.#token = null;
    return signOut.ended;
  }

  /** A run, whenever something of it has changed, until it ends: see `followRun`. */
  followRun(id: string, options: FollowOptions = {}): AsyncGenerator<RunDetailsFragment, void> {
    return followRun(this, id, options);
  }

  async #once(body: string, signal?: AbortSignal, timeoutMs?: number): Promise<unknown> {
    const answer = await send(this.#fetch, {
      url: this.#url,
      token: this.#token,
      body,
      timeoutMs: timeoutMs ?? this.#timeoutMs,
      ...(signal ? { signal } : {}),
    });
    return readAnswer(answer);
  }
}

/** Slugs to choose from when `signIn` threw ORGANISATION_REQUIRED; else none. */
export function organisationsOf(error: unknown): readonly string[] {
  if (!(error instanceof JoineryApiError) || error.code !== "ORGANISATION_REQUIRED") return [];
  return (error.data as SignInMutation["signIn"] | null)?.organisations ?? [];
}

function eitherOf(first?: AbortSignal, second?: AbortSignal): AbortSignal | undefined {
  return first && second ? AbortSignal.any([first, second]) : (first ?? second);
}

function graphUrl(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url || !["http:", "https:"].includes(url.protocol) || url.username || url.password) {
    const message = "the address is http:// or https://, without name and password";
    throw new JoineryApiError("URL_INVALID", message);
  }
  const path = url.pathname.replace(/\/+$/, "");
  url.pathname = path.endsWith("/graphql") ? path : `${path}/graphql`;
  url.search = "";
  url.hash = "";
  return url.href;
}
