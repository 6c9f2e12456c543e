import type { HttpAnswer } from "./answer.js";
import { reasonOf } from "./delay.js";
import { JoineryApiError } from "./error.js";

export type Fetch = typeof globalThis.fetch;

export interface HttpRequest {
  readonly url: string;
  readonly token: string | null;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** How the server names a request, for finding it in its log. */
const requestIdHeader = "x-joinery-request";

/**
 * Sends one request, once. Throws NETWORK_FAILED, REQUEST_TIMED_OUT, REDIRECT_REFUSED (a token is
 * not carried elsewhere), and the reason of the caller's signal.
 */
export async function send(fetch: Fetch, request: HttpRequest): Promise<HttpAnswer> {
  const { url, token, body, timeoutMs, signal } = request;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: "POST",
      redirect: "manual",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      headers: {
        accept: "application/json",
        "content-type": "application/json",
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body,
    });
    const { status } = response;
    if (response.type === "opaqueredirect" || (status >= 300 && status < 400)) {
      const message = "the address redirects elsewhere: use the address that it leads to";
      throw new JoineryApiError("REDIRECT_REFUSED", message, { status });
    }
    const requestId = response.headers.get(requestIdHeader);
    return { status, requestId, text: await response.text(), ...retryAfter(response) };
  } catch (cause) {
    if (cause instanceof JoineryApiError) throw cause;
    if (signal?.aborted) throw reasonOf(signal);
    if (timeout.aborted) {
      const message = `no answer within ${timeoutMs} ms`;
      throw new JoineryApiError("REQUEST_TIMED_OUT", message, { cause });
    }
    throw new JoineryApiError("NETWORK_FAILED", `cannot reach ${url}${why(cause)}`, { cause });
  }
}

/** In seconds; the form with a date is rare and left to the policy. */
function retryAfter(response: Response): { readonly retryAfterSeconds?: number } {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? { retryAfterSeconds: seconds } : {};
}

/** `fetch` says "fetch failed"; the code of its cause (`ECONNREFUSED`) says why. */
function why(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : "";
  return typeof code === "string" && code !== "" ? `: ${code}` : "";
}
