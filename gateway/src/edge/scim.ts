import {
  codeOf, requestIdHeader, type Log, type PushClient, type ScimReply, type ScimRequest,
} from "@joinery/kit";
import { bulkBytesMax, errorBody, ScimError } from "@joinery/scim";
import {
  json, Router, type ErrorRequestHandler, type Request, type RequestHandler, type Response,
} from "express";
import { admitClient } from "./admit-client.js";
import { bearerToken } from "./bearer-token.js";
import type { PushClients } from "./push-clients.js";

/** Has `applications` answer a request of a client. */
export type ForwardScim = (input: {
  readonly client: PushClient;
  readonly requestId: string;
  readonly request: ScimRequest;
}) => Promise<ScimReply>;

export interface ScimOptions {
  readonly clients: PushClients;
  readonly forward: ForwardScim;
  readonly log: Log;
}

const contentType = "application/scim+json; charset=utf-8";
const withBody = new Set(["POST", "PUT", "PATCH"]);

/**
 * SCIM 2.0 for clients with a token of their own: who asks is found out and bounded here, the rest
 * is `applications`'. Nothing of a request is logged but its code and id.
 */
export function scimRoutes({ clients, forward, log }: ScimOptions): Router {
  const router = Router({ caseSensitive: true });
  router.use(admission(clients, log));
  router.use(bodyNeeded);
  router.use(json({
    limit: bulkBytesMax, strict: false, type: ["application/scim+json", "application/json"],
  }));
  router.use(async (request, response) => {
    const client = response.locals["client"] as PushClient;
    const requestId = String(response.getHeader(requestIdHeader));
    send(response, await forward({ client, requestId, request: toRequest(request) }));
  });
  router.use(scimErrors(log));
  return router;
}

/** RFC 7644 §2: a bearer token, and nothing else. */
function admission(clients: PushClients, log: Log): RequestHandler {
  return async (request, response, next) => {
    response.setHeader("cache-control", "no-store");
    const token = bearerToken(request.headers.authorization);
    const admitted = await admitClient({ clients, log }, token, request, response);
    switch (admitted.kind) {
      case "in":
        response.locals["client"] = admitted.client;
        next();
        return;
      case "unknown":
        refuse(response, new ScimError(401, "the token is unknown, expired or revoked"));
        return;
      case "wait":
        refuse(response, new ScimError(429, "too many requests: wait before the next one"));
        return;
      case "unchecked":
        refuse(response, new ScimError(503, "tokens cannot be checked just now: try again"));
        break;
      case "gone":
        break;
    }
  };
}

const bodyNeeded: RequestHandler = (request, _response, next) => {
  const isRead = request.is(["application/scim+json", "application/json"]);
  if (withBody.has(request.method) && isRead === false) {
    throw new ScimError(415, "a body is application/scim+json");
  }
  next();
};

function toRequest(request: Request): ScimRequest {
  const { method, path, query, headers } = request;
  const ifMatch = headers["if-match"];
  const ifNoneMatch = headers["if-none-match"];
  const body: unknown = request.body;
  return {
    method,
    path,
    query: query as ScimRequest["query"],
    base: baseOf(request),
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
    body: body ?? null,
  };
}

/** As the caller named us: in links to itself only. What is no host is left out. */
function baseOf({ protocol, host, baseUrl }: Request): string {
  const isHost = /^[\w.-]{1,255}(?::\d{1,5})?$|^\[[0-9a-fA-F:.]{2,45}\](?::\d{1,5})?$/.test(host);
  return isHost ? `${protocol}://${host}${baseUrl}` : baseUrl;
}

function send(response: Response, { status, headers, body }: ScimReply): void {
  response.status(status).set(headers);
  if (body === null || body === undefined) {
    response.end();
    return;
  }
  response.set("content-type", contentType).end(JSON.stringify(body));
}

function refuse(response: Response, error: ScimError): void {
  send(response, { status: error.status, headers: {}, body: errorBody(error) });
}

/** What goes wrong before or on the way: of the body, or with us. */
function scimErrors(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const refusal = refusalOf(error);
    if (refusal.status >= 500) log.error("a SCIM request failed", error, { code: codeOf(error) });
    refuse(response, refusal);
  };
}

/** What body-parser throws has a `type` and a status; everything else is ours to mend. */
function refusalOf(error: unknown): ScimError {
  if (error instanceof ScimError) return error;
  const { type, status } = (error ?? {}) as { type?: unknown; status?: unknown };
  if (type === "entity.parse.failed") {
    return new ScimError(400, "the body is no JSON", "invalidSyntax");
  }
  if (type === "entity.too.large") return new ScimError(413, "the body is too large");
  if (typeof status === "number" && status >= 400 && status <= 499) {
    return new ScimError(status, "the request is malformed");
  }
  if (codeOf(error) === "SERVICE_UNREACHABLE") {
    return new ScimError(503, "this cannot be answered just now: try again");
  }
  return new ScimError(500, "internal error");
}
