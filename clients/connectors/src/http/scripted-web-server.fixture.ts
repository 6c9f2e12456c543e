import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";

/** One request as the server got it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** What to say to a request; `raw` does with the answer what it likes. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly raw?: (response: ServerResponse, socket: Socket) => void;
}

export interface ScriptedWebServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: SeenRequest[];
  answer: (request: SeenRequest) => ScriptedAnswer | Promise<ScriptedAnswer>;
}

/** A server on loopback that says whatever it is told to; with TLS where it has a certificate. */
export async function scriptedWebServer(
  answer: ScriptedWebServer["answer"],
  tls?: { readonly key: string; readonly cert: string },
): Promise<ScriptedWebServer> {
  const seen: SeenRequest[] = [];
  const state = { answer };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://none");
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += String(part);
    const asked: SeenRequest = {
      method: request.method ?? "", path: url.pathname, query: url.searchParams,
      headers: request.headers, body,
    };
    seen.push(asked);
    const said = await state.answer(asked);
    if (said.raw !== undefined) {
      said.raw(response, request.socket);
      return;
    }
    const text = typeof said.body === "string" ? said.body
      : said.body === undefined ? "" : JSON.stringify(said.body);
    response.writeHead(said.status ?? 200, {
      "content-type": "application/scim+json", "content-length": Buffer.byteLength(text),
      ...said.headers,
    }).end(text);
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    serve(request, response).catch((error: unknown) => { response.destroy(error as Error); });
  };
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    url: `http${tls === undefined ? "" : "s"}://127.0.0.1:${port}/scim/v2`, seen,
    [Symbol.asyncDispose]: (): Promise<void> => new Promise((resolve) => {
      server.close(() => { resolve(); });
      server.closeAllConnections();
    }),
  });
}
