import type { ApolloServer } from "@apollo/server";
import { anonymous, requestIdHeader, type Log } from "@joinery/kit";
import { json, Router, type Request, type RequestHandler, type Response } from "express";
import { clientAddress } from "./client-address.js";
import type { EdgeContext } from "./context.js";
import { deviceCookie, readCookie, sessionCookie, writeCookie } from "./cookies.js";
import type { Sessions } from "./sessions.js";
import { edgeContext } from "./sign-in.js";

export interface BrowserSessionOptions {
  readonly graph: ApolloServer<EdgeContext>;
  readonly sessions: Sessions;
  readonly bodyBytesMax: number;
  readonly log: Log;
}

/** What the portal sends with every request. No foreign page can, without being asked about it. */
const portalHeader = "x-joinery-portal";

/**
 * Sessions of browsers. `POST /session` signs in and keeps the token in a cookie, which the answer
 * does not tell; `DELETE /session` signs out. Both go through the graph, as for everybody else.
 */
export function browserSessions(options: BrowserSessionOptions): Router {
  const { graph, sessions, log } = options;
  const router = Router();
  router.use(fromPortalOnly);
  router.post("/", json({ limit: options.bodyBytesMax }), async (request, response) => {
    const { email, password, organisation } = (request.body ?? {}) as Record<string, unknown>;
    const formerToken = readCookie(request, deviceCookie);
    const input = { email, password, organisation, formerToken };
    const contextValue = { actor: anonymous, ...told(request), sessionInvalid: false };
    await answer(response, graph, signInText, { input }, contextValue);
  });
  router.delete("/", async (request, response) => {
    const everywhere = request.query["everywhere"] === "true";
    const context = await edgeContext(sessions, log, cookieAuthorization(request), told(request));
    writeCookie(response, sessionCookie, "");
    if (everywhere) writeCookie(response, deviceCookie, "");
    if (context.actor.kind === "anonymous") {
      response.json({ data: { signOut: { ended: 0 } } });
      return;
    }
    await answer(response, graph, signOutText, { everywhere }, context);
  });
  return router;
}

/**
 * `Authorization` as the cookie of the session stands for it. A cookie counts only with the
 * portal's header and never from another site: a browser sends it whoever's page asks.
 */
export function cookieAuthorization(request: Request): string | undefined {
  if (!isFromPortal(request)) return undefined;
  const token = readCookie(request, sessionCookie);
  return token === undefined ? undefined : `Bearer ${token}`;
}

function isFromPortal({ headers }: Request): boolean {
  const site = headers["sec-fetch-site"];
  return headers[portalHeader] !== undefined && (site === undefined || site === "same-origin");
}

const fromPortalOnly: RequestHandler = (request, response, next) => {
  response.setHeader("cache-control", "no-store");
  if (isFromPortal(request)) {
    next();
    return;
  }
  const error = { message: "only the portal does this", extensions: { code: "CROSS_SITE" } };
  response.status(403).json({ errors: [error] });
};

const signInText = `mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    token expiresAt retryAfterSeconds organisations
    viewer { operator { id email name } organisation { id name slug } role permissions }
    errors { code message }
  }
}`;

const signOutText = `mutation SignOut($everywhere: Boolean!) {
  signOut(everywhere: $everywhere) { ended }
}`;

/** Answers what the graph answered; a token in it goes into the cookies instead. */
async function answer(
  response: Response,
  graph: ApolloServer<EdgeContext>,
  query: string,
  variables: Record<string, unknown>,
  contextValue: EdgeContext,
): Promise<void> {
  const { body, http } = await graph.executeOperation({ query, variables }, { contextValue });
  if (body.kind !== "single") throw new Error("the graph answered in parts");
  const { data, errors } = body.singleResult;
  const opened = data?.["signIn"] as { token: string | null } | undefined;
  if (opened?.token) {
    writeCookie(response, sessionCookie, opened.token);
    writeCookie(response, deviceCookie, opened.token);
  }
  const shown = opened ? { signIn: { ...opened, token: null } } : data;
  response.status(http.status ?? 200).json({ data: shown, ...(errors ? { errors } : {}) });
}

function told(request: Request): Pick<EdgeContext, "requestId" | "address"> {
  const requestId = String(request.res?.getHeader(requestIdHeader));
  return { requestId, address: clientAddress(request) };
}
