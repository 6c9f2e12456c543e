import {
  identityCountsDocument,
  JoineryApiError,
  JoineryClient,
  notificationsDocument,
  ruleSetDocument,
  viewerDocument,
} from "@joinery/sdk";
import { toFailure } from "../failure.js";
import { printable } from "../output/printable.js";
import { counted } from "../output/words.js";
import { viewerLine } from "../render/viewer.js";
import { missing, ok, optional, type Check, type Finding } from "./finding.js";

const patienceMs = 5_000;
/** Beyond it sessions end early or late, and what happened when cannot be told. */
const clockLeewayMs = 30_000;

export interface Installation {
  readonly url: string;
  readonly token: string | null;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** What the Joinery at the address has; each check stands on those before it. */
export function installationChecks(installation: Installation): readonly Check[] {
  const seen: Seen = { answer: null, isSignedIn: false };
  const { url, token, signal } = installation;
  const client = new JoineryClient({
    url,
    signal,
    timeoutMs: patienceMs,
    retry: { attempts: 1 },
    ...(token ? { token } : {}),
  });
  return [
    { name: "address", run: () => reach(installation, seen) },
    { name: "readiness", run: () => readiness(installation, seen) },
    { name: "clock", run: () => Promise.resolve(clock(seen)) },
    { name: "session", run: () => session(client, installation, seen) },
    { name: "rule set", run: () => whenSignedIn(seen, () => ruleSet(client)) },
    { name: "identities", run: () => whenSignedIn(seen, () => identities(client)) },
    { name: "mail", run: () => whenSignedIn(seen, () => mail(client)) },
  ];
}

interface Seen {
  answer: {
    readonly date: string | null;
    readonly askedAt: Date;
    readonly answeredAt: Date;
  } | null;
  isSignedIn: boolean;
}

async function reach({ url, now, signal }: Installation, seen: Seen): Promise<Finding> {
  const askedAt = now();
  try {
    const response = await get(`${url}/healthz`, signal);
    const body: unknown = await response.json().catch(() => null);
    if (!response.ok || typeof body !== "object" || body === null || !("healthy" in body)) {
      return missing(`${url} answers, and is not Joinery`, "say --url, or set JOINERY_URL");
    }
    const answeredAt = now();
    seen.answer = { date: response.headers.get("date"), askedAt, answeredAt };
    return ok(`${url} answers in ${answeredAt.getTime() - askedAt.getTime()} ms`);
  } catch (error) {
    if (signal.aborted) throw error;
    const where = "start it there (npm start), or say --url";
    return missing(`${url} does not answer${causeOf(error)}`, where);
  }
}

/** PostgreSQL and whatever else the address stands on; it names what is missing. */
async function readiness({ url, signal }: Installation, seen: Seen): Promise<Finding> {
  if (!seen.answer) return notAsked;
  const response = await get(`${url}/readyz`, signal);
  const body: unknown = await response.json().catch(() => null);
  const names = typeof body === "object" && body !== null && "missing" in body ? body.missing : [];
  const list = Array.isArray(names) ? names.map((name) => printable(String(name))).join(", ") : "";
  if (response.ok && list === "") return ok("everything that it stands on answers");
  const todo = "look whether PostgreSQL and NATS run, and into the logs of the data folder";
  if (response.ok) return missing(`it answers, but lacks ${list}: what that does waits`, todo);
  return missing(`it lacks ${list || "something that it does not name"}`, todo);
}

/** The `Date` of an answer (RFC 9110 §6.6.1) is whole seconds, of some moment of the exchange. */
export function clockFinding(date: string | null, askedAt: Date, answeredAt: Date): Finding {
  const server = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(server)) return optional("the address does not say its time", "compare by hand");
  const early = askedAt.getTime() - (server + 1_000);
  const late = server - answeredAt.getTime();
  const apart = Math.max(0, early, late);
  if (apart <= clockLeewayMs) return ok("this clock and the server's agree");
  const seconds = Math.round(apart / 1_000);
  return missing(`this clock and the server's are ${seconds} s apart`, "set both by NTP");
}

function clock({ answer }: Seen): Finding {
  return answer ? clockFinding(answer.date, answer.askedAt, answer.answeredAt) : notAsked;
}

async function session(
  client: JoineryClient,
  { url, token }: Installation,
  seen: Seen,
): Promise<Finding> {
  if (!seen.answer) return notAsked;
  const todo = `joinery sign-in --url ${url}`;
  if (token === null) return missing("nobody has signed in here", todo);
  try {
    const { viewer } = await client.request(viewerDocument);
    if (viewer === null) return missing("the session is of no person", todo);
    seen.isSignedIn = true;
    return ok(viewerLine(viewer));
  } catch (error) {
    return missing(toFailure(error).code, todo);
  }
}

async function ruleSet(client: JoineryClient): Promise<Finding> {
  const { ruleSet: active } = await client.request(ruleSetDocument);
  if (active !== null) return ok(`version ${active.version} is active`);
  return optional("none is active", "nobody is joined without: joinery rules publish rules.json");
}

async function identities(client: JoineryClient): Promise<Finding> {
  const { users, groups } = (await client.request(identityCountsDocument)).identityCounts;
  const said = `${counted(users, "person", "people")}, ${counted(groups, "group")}`;
  if (users > 0) return ok(said);
  return optional(said, "joinery application add …, then joinery import …");
}

async function mail(client: JoineryClient): Promise<Finding> {
  const { mailConfigured } = (await client.request(notificationsDocument, { first: 1 }))
    .notifications;
  if (mailConfigured) return ok("a mail server is configured");
  return optional(
    "no mail server is configured: mails wait",
    "see the README's table of variables",
  );
}

async function whenSignedIn(seen: Seen, check: () => Promise<Finding>): Promise<Finding> {
  if (!seen.isSignedIn) return notAsked;
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof JoineryApiError)) throw error;
    return missing(`${error.code}: ${error.message}`, "see docs/errors.md");
  }
}

const notAsked = optional("not asked", "see what is missing above");

function get(url: string, signal: AbortSignal): Promise<Response> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  return fetch(url, {
    redirect: "manual",
    signal: within,
    headers: { accept: "application/json" },
  });
}

function causeOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : "";
  return typeof code === "string" && code !== "" ? ` (${code})` : "";
}
