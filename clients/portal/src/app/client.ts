import {
  accepted,
  JoineryApiError,
  JoineryClient,
  type Payload,
  type SignInMutation,
  type TypedDocument,
} from "@joinery/sdk";

/** The gateway takes the session's cookie for one only where this is said. */
const portalHeader = "x-joinery-portal";

const send: typeof fetch = (input, init = {}) => {
  const headers = new Headers(init.headers);
  headers.set(portalHeader, "1");
  return fetch(input, { ...init, headers, credentials: "same-origin" });
};

const client = new JoineryClient({ url: location.origin, fetch: send });

/** Asks the graph. Throws JoineryApiError. */
export function ask<Result, Variables>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Result> {
  // The rest parameter of `request` cannot be resolved for a type parameter.
  const request = client.request.bind(client) as (
    document: TypedDocument<Result, Variables>,
    variables: Variables,
    options: { readonly signal?: AbortSignal },
  ) => Promise<Result>;
  return request(document, variables, signal ? { signal } : {});
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
  /** Short name; for whoever belongs to several. */
  readonly organisation?: string;
}

/**
 * Opens a session, whose token stands in a cookie that nobody here reads. Throws JoineryApiError:
 * SIGN_IN_REFUSED, TOO_MANY_ATTEMPTS, ORGANISATION_REQUIRED (`data.organisations`).
 */
export async function openSession(credentials: Credentials): Promise<void> {
  const body = JSON.stringify(credentials);
  const answered = await session({
    method: "POST", body, headers: { "content-type": "application/json" },
  });
  accepted(answered["signIn"] as SignInMutation["signIn"] & Payload);
}

/** Ends the session. */
export async function endSession(): Promise<void> {
  await session({ method: "DELETE" });
}

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string };
  }[];
}

async function session(init: RequestInit): Promise<Readonly<Record<string, unknown>>> {
  const response = await send("/session", init).catch((cause: unknown) => {
    throw new JoineryApiError("NETWORK_FAILED", "Joinery does not answer", { cause });
  });
  const answer = (await response.json().catch(() => ({}))) as Answer;
  const [first] = answer.errors ?? [];
  if (first) throw new JoineryApiError(first.extensions?.code ?? "INTERNAL", first.message);
  if (!answer.data) throw new JoineryApiError("ANSWER_UNREADABLE", `HTTP ${response.status}`);
  return answer.data;
}
