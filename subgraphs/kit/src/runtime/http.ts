import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import helmet from "helmet";
import { codeOf, JoineryError } from "../errors.js";
import type { Log } from "../log.js";

export interface Listener {
  readonly port: number;
  /** Takes nothing new, lets what is under way finish, then closes every connection. */
  close(): Promise<void>;
}

/** An application without Express's talkative defaults and with the headers of an API. */
export function bareApp(): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", "simple");
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: nothingAllowed } }));
  return app;
}

const nothingAllowed = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/** Throws PORT_IN_USE, or ADDRESS_UNUSABLE for a host or port that this process may not take. */
export async function listen(app: Express, host: string, port: number): Promise<Listener> {
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 60_000 }, app);
  const close = gentleClose(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(notListening(host, port, cause)));
    server.listen(port, host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close };
}

function notListening(host: string, port: number, cause: NodeJS.ErrnoException): JoineryError {
  if (cause.code === "EADDRINUSE") {
    const message = `port ${port} of ${host} is taken: stop what uses it or set JOINERY_PORT`;
    return new JoineryError("PORT_IN_USE", message, { host, port }, { cause });
  }
  const message = `cannot listen on port ${port} of ${host} (${cause.code ?? "unknown"})`;
  return new JoineryError("ADDRESS_UNUSABLE", message, { host, port }, { cause });
}

/**
 * Closes each connection as soon as no request is under way on it. Node's own way leaves one open
 * on which nothing was ever asked, as browsers hold them in reserve.
 */
function gentleClose(server: Server): () => Promise<void> {
  const underWay = new Map<Socket, number>();
  let closing = false;
  const settle = (socket: Socket) => {
    if (closing && underWay.get(socket) === 0) socket.destroy();
  };
  const count = (socket: Socket, by: 1 | -1) => {
    const requests = underWay.get(socket);
    if (requests !== undefined) underWay.set(socket, requests + by);
  };
  server.on("connection", (socket) => {
    underWay.set(socket, 0);
    socket.once("close", () => underWay.delete(socket));
  });
  server.prependListener("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    count(socket, 1);
    if (closing) response.setHeader("connection", "close");
    response.once("close", () => {
      count(socket, -1);
      settle(socket);
    });
  });
  return () =>
    new Promise((resolve) => {
      closing = true;
      server.close(() => resolve());
      for (const socket of underWay.keys()) settle(socket);
    });
}

/** After every route: there is nothing here. */
export const nothingHere: RequestHandler = (_request, response) => {
  const error = { message: "nothing is here", extensions: { code: "NOT_FOUND" } };
  response.status(404).json({ errors: [error] });
};

/** The last handler: whatever a request did wrong becomes `{errors: [{message, extensions}]}`. */
export function jsonErrors(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const { status, code, message } = refusalOf(error);
    if (status >= 500) log.error("request failed", error, { code: codeOf(error) });
    response.status(status).json({ errors: [{ message, extensions: { code } }] });
  };
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** What body-parser throws, by its `type`; everything else is ours to mend. */
const bodyRefusals: Readonly<Record<string, Refusal>> = {
  "entity.parse.failed": { status: 400, code: "BODY_MALFORMED", message: "the body is no JSON" },
  "entity.verify.failed": { status: 400, code: "BODY_MALFORMED", message: "the body is refused" },
  "entity.too.large": { status: 413, code: "BODY_TOO_LARGE", message: "the body is too large" },
  "request.aborted": { status: 400, code: "BODY_INCOMPLETE", message: "the body broke off" },
  "request.size.invalid": { status: 400, code: "BODY_INCOMPLETE", message: "the body broke off" },
  "encoding.unsupported": {
    status: 415, code: "BODY_ENCODING_UNSUPPORTED", message: "this content encoding is not read",
  },
  "charset.unsupported": {
    status: 415, code: "BODY_ENCODING_UNSUPPORTED", message: "this character set is not read",
  },
};

function refusalOf(error: unknown): Refusal {
  const type = error instanceof Error && "type" in error ? String(error.type) : "";
  const known = Object.hasOwn(bodyRefusals, type) ? bodyRefusals[type] : undefined;
  return known ?? fromStatus(error) ?? { status: 500, code: "INTERNAL", message: "internal error" };
}

/** Express and its parsers mark a caller's mistake (a broken path, say) by a 4xx `status`. */
function fromStatus(error: unknown): Refusal | undefined {
  const status = error instanceof Error && "status" in error ? error.status : undefined;
  if (typeof status !== "number" || status < 400 || status > 499) return undefined;
  return { status, code: "BAD_REQUEST", message: "the request is malformed" };
}
