import { randomUUID } from "node:crypto";
import type { ApolloServer } from "@apollo/server";
import { expressMiddleware } from "@as-integrations/express5";
import {
  bareApp,
  healthRoutes,
  jsonErrors,
  nothingHere,
  requestIdHeader,
  type Log,
  type Readiness,
} from "@joinery/kit";
import { json, type Express, type RequestHandler } from "express";
import { browserSessions, cookieAuthorization } from "./browser-session.js";
import { clientAddress } from "./client-address.js";
import { admittedClient, clientsOfGraph } from "./client-graph.js";
import type { EdgeContext } from "./context.js";
import { landingPage } from "./landing.js";
import { portalRoutes, type Portal } from "./portal.js";
import { scimRoutes, type ScimOptions } from "./scim.js";
import type { Sessions } from "./sessions.js";
import { edgeContext } from "./sign-in.js";

export interface EdgeOptions {
  readonly graph: ApolloServer<EdgeContext>;
  readonly sessions: Sessions;
  readonly scim: Omit<ScimOptions, "log">;
  /** Null where it was not built: a page says what this is then. */
  readonly portal: Portal | null;
  readonly bodyBytesMax: number;
  /** Addresses and ranges of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly readiness: readonly Readiness[];
  readonly isStopping: () => boolean;
  readonly log: Log;
}

/** The only public listener: the graph, SCIM, health, the portal and its sessions. */
export function edgeApp(options: EdgeOptions): Express {
  const { graph, sessions, bodyBytesMax, portal, log } = options;
  const app = bareApp();
  app.set("trust proxy", [...options.trustedProxies]);
  app.use(healthRoutes(options.readiness, options.isStopping));
  app.use(requestIds);
  app.use(
    "/graphql",
    neverStored,
    clientsOfGraph(options.scim.clients, log),
    json({ limit: bodyBytesMax }),
    expressMiddleware(graph, {
      context: ({ req, res }) => {
        const requestId = String(res.getHeader(requestIdHeader));
        const request = { requestId, address: clientAddress(req) };
        const client = admittedClient(res);
        if (client) return Promise.resolve({ actor: client, ...request, sessionInvalid: false });
        const authorization = req.headers.authorization ?? cookieAuthorization(req);
        return edgeContext(sessions, log, authorization, request);
      },
    }),
  );
  app.use("/scim/v2", scimRoutes({ ...options.scim, log }));
  app.use("/session", browserSessions({ graph, sessions, bodyBytesMax, log }));
  if (portal) app.use("/portal", portalRoutes(portal));
  app.get("/", (_request, response) => {
    if (portal) response.redirect("/portal/");
    else response.type("html").send(landingPage);
  });
  app.use(nothingHere);
  app.use(jsonErrors(log));
  return app;
}

/** Our own id for each request, told in the answer and passed on; a caller's is a way into logs. */
const requestIds: RequestHandler = (_request, response, next) => {
  response.setHeader(requestIdHeader, randomUUID());
  next();
};

const neverStored: RequestHandler = (_request, response, next) => {
  response.setHeader("cache-control", "no-store");
  next();
};
