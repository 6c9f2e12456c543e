import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a client sent. */
export interface Sent {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: {
    readonly operationName: string;
    readonly query: string;
    readonly variables: object;
  };
}

/** How one request is answered: data, a whole answer, or whatever it does to the connection. */
export type Step =
  | { readonly data: unknown }
  | { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> }
  | ((response: ServerResponse) => void);

export interface ScriptedServer {
  readonly url: string;
  readonly sent: readonly Sent[];
  /** Answers the next requests; the last step stands for all that follow. */
  script(...steps: readonly Step[]): void;
  stop(): Promise<void>;
}

/** A real HTTP server on loopback that answers what the test says, in that order. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const sent: Sent[] = [];
  let steps: readonly Step[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      sent.push({ path: request.url ?? "", headers: request.headers, body });
      const [step = { data: {} }, ...rest] = steps;
      if (rest.length > 0) steps = rest;
      answer(step, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    sent,
    script: (...next) => {
      steps = next;
      sent.length = 0;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<Sent["body"]> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as Sent["body"];
}

function answer(step: Step, response: ServerResponse): void {
  if (typeof step === "function") {
    step(response);
    return;
  }
  const { status, body, headers } =
    "data" in step ? { status: 200, body: step, headers: {} } : { headers: {}, ...step };
  response.writeHead(status, {
    "content-type": "application/json",
    "x-joinery-request": "request-1",
    ...headers,
  });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}
