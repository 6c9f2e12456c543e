import { generateKeyPairSync } from "node:crypto";
import {
  bareApp,
  buildServiceSchema,
  InternalTokens,
  listen,
  silentLog,
  SubgraphServer,
  type Actor,
  type Log,
  type PushClient,
  type ScimReply,
  type ScimRequest,
} from "@joinery/kit";
import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { edgeApp } from "../edge/app.js";
import { startGraph } from "../edge/graph.js";
import type { Portal } from "../edge/portal.js";
import { PushClients } from "../edge/push-clients.js";
import { Sessions } from "../edge/sessions.js";
import { HttpSubgraph } from "../graph/http-subgraph.js";
import type { Subgraph } from "../graph/subgraph.js";
import { newSeen, smallSources, type Seen } from "./small-graph.js";

export interface SmallEdge {
  readonly url: string;
  readonly seen: Seen;
  readonly tokens: InternalTokens;
  /** Session token → actor; change it to sign in and out. */
  readonly sessions: Map<string, { actor: Actor; expiresAt: string }>;
  readonly lookups: () => number;
  /** Makes looking up sessions fail, as when `crypto` is away. */
  breakSessions(error: Error | null): void;
  /** Token of a client → who it is. */
  readonly clients: Map<string, PushClient>;
  /** What was forwarded of SCIM; answered with the request itself unless `answer` says else. */
  readonly forwarded: ScimRequest[];
  answer: ((request: ScimRequest) => Promise<ScimReply>) | null;
  stop(): Promise<void>;
}

/** The real edge over two small subgraphs, in process or by HTTP, on a free port. */
export async function startSmallEdge(
  how: "local" | "http",
  options: { readonly log?: Log; readonly bodyBytesMax?: number; readonly portal?: Portal } = {},
): Promise<SmallEdge> {
  const log = options.log ?? silentLog;
  const tokens = new InternalTokens(generateKeyPairSync("ed25519").privateKey);
  const seen = newSeen();
  const stops: (() => Promise<void>)[] = [];
  const definitions: { name: string; typeDefs: ReturnType<typeof parse>; url: string }[] = [];
  const subgraphs = new Map<string, Subgraph>();
  for (const [service, source] of Object.entries(smallSources)) {
    const { schema, sdl } = buildServiceSchema(source);
    definitions.push({ name: service, typeDefs: parse(sdl), url: `joinery:${service}` });
    const server = await SubgraphServer.start({ service, schema, deps: seen, tokens, log });
    stops.push(() => server.stop());
    if (how === "local") {
      subgraphs.set(service, noting(server, seen));
      continue;
    }
    const listener = await listen(bareApp().use(`/${service}`, server.router()), "127.0.0.1", 0);
    const remote = new HttpSubgraph(service, `http://127.0.0.1:${listener.port}/${service}`);
    stops.push(() => listener.close(), () => remote.close());
    subgraphs.set(service, noting(remote, seen));
  }
  const { supergraphSdl, errors } = composeServices(definitions);
  if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join("\n"));
  const graph = await startGraph({ supergraphSdl, subgraphs, tokens, log });
  stops.push(() => graph.stop());
  const sessions: SmallEdge["sessions"] = new Map();
  let lookups = 0;
  let broken: Error | null = null;
  const clients: SmallEdge["clients"] = new Map();
  const forwarded: ScimRequest[] = [];
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const app = edgeApp({
    graph,
    scim: {
      clients: new PushClients(async (token) => {
        if (broken) throw broken;
        const client = clients.get(token);
        return client === undefined ? null : { client, expiresAt };
      }),
      forward: async ({ request }) => {
        forwarded.push(request);
        return edge.answer === null
          ? { status: 200, headers: { etag: 'W/"1"' }, body: request } : edge.answer(request);
      },
    },
    sessions: new Sessions(async (token) => {
      lookups += 1;
      if (broken) throw broken;
      return sessions.get(token) ?? null;
    }),
    portal: options.portal ?? null,
    bodyBytesMax: options.bodyBytesMax ?? 100_000,
    trustedProxies: [],
    readiness: [],
    isStopping: () => false,
    log,
  });
  const listener = await listen(app, "127.0.0.1", 0);
  stops.push(() => listener.close());
  const edge: SmallEdge = {
    clients,
    forwarded,
    answer: null,
    url: `http://127.0.0.1:${listener.port}`,
    seen,
    tokens,
    sessions,
    lookups: () => lookups,
    breakSessions: (error) => (broken = error),
    stop: async () => {
      for (const stop of stops.reverse()) await stop();
    },
  };
  return edge;
}

/** Begins a new list for each fetch, so that a test sees which entities were asked for together. */
function noting(subgraph: Subgraph, seen: Seen): Subgraph {
  return {
    answer: (request) => {
      if (request.variables && "representations" in request.variables) {
        seen.representations.push([]);
      }
      return subgraph.answer(request);
    },
  };
}

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors: readonly { message: string; extensions: Record<string, unknown> }[];
  /** First error's code. */
  readonly code: string | undefined;
  readonly text: string;
}

/** One GraphQL request, as any client sends it. */
export async function ask(
  url: string,
  query: string,
  options: {
    readonly token?: string;
    readonly variables?: object;
    readonly headers?: Record<string, string>;
  } = {},
): Promise<Asked> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
      ...options.headers,
    },
    body: JSON.stringify({ query, variables: options.variables }),
  });
  return toAsked(response);
}

export async function toAsked(response: Response): Promise<Asked> {
  const text = await response.text();
  const body = JSON.parse(text) as Partial<Asked>;
  const errors = body.errors ?? [];
  const code = errors[0]?.extensions["code"] as string | undefined;
  const { status, headers } = response;
  return { status, headers, data: body.data, errors, code, text };
}
