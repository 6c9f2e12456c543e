import { Router, type RequestHandler } from "express";
import { codeOf } from "../errors.js";
import { buildServiceSchema } from "../graph/schema.js";
import { SubgraphServer } from "../graph/server.js";
import { bearerOf, internalEndpoint } from "../internal/endpoint.js";
import type { InternalTokens } from "../internal/token.js";
import { healthRoutes, type Readiness } from "./health.js";
import type { Hosted, ProcessRuntime } from "./host.js";
import { bareApp, jsonErrors, listen, nothingHere, type Listener } from "./http.js";
import type { ServiceName } from "./module.js";
import type { StopList } from "./stop.js";

/** The graph of each service in this process. */
export type SubgraphServers = ReadonlyMap<ServiceName, SubgraphServer>;

export async function startSubgraphs(
  hosted: readonly Hosted[],
  process: ProcessRuntime,
  stops: StopList,
): Promise<SubgraphServers> {
  const servers = new Map<ServiceName, SubgraphServer>();
  for (const { module, service, runtime } of hosted) {
    const { schema } = buildServiceSchema(module.graph);
    const options = { service: module.name, schema, deps: service.deps, log: runtime.log };
    const server = await SubgraphServer.start({ ...options, tokens: process.tokens });
    stops.add(`graph of ${module.name}`, () => server.stop());
    servers.set(module.name, server);
  }
  return servers;
}

/** `/<service>/graphql` and `/<service>/internal/<method>`, all behind the internal token. */
export function internalRoutes(
  hosted: readonly Hosted[],
  servers: SubgraphServers,
  process: ProcessRuntime,
): Router {
  const router = Router();
  for (const { module, methods, runtime } of hosted) {
    router.use(`/${module.name}`, tokenNeeded(module.name, process.tokens));
    const server = servers.get(module.name);
    if (server) router.use(`/${module.name}`, server.router());
    const endpoint = internalEndpoint(module.name, methods, process.tokens, runtime.log);
    router.use(`/${module.name}`, endpoint);
  }
  return router;
}

/** Before everything of a service, also what is not there: a stranger learns nothing. */
function tokenNeeded(service: string, tokens: InternalTokens): RequestHandler {
  return async (request, response, next) => {
    try {
      await tokens.verify(service, bearerOf(request.headers.authorization));
      next();
    } catch (error) {
      const message = "this address answers Joinery's own processes only";
      response.status(401).json({ errors: [{ message, extensions: { code: codeOf(error) } }] });
    }
  };
}

/** A process that answers the gateway and the other services, and nobody else. */
export async function startWeb(
  hosted: readonly Hosted[],
  process: ProcessRuntime,
  stops: StopList,
): Promise<Listener> {
  const servers = await startSubgraphs(hosted, process, stops);
  const app = bareApp();
  app.use(healthRoutes(databasesOf(hosted), () => stops.isStopping));
  app.use(internalRoutes(hosted, servers, process));
  app.use(nothingHere);
  app.use(jsonErrors(process.log));
  const listener = await listen(app, process.config.host, process.config.port);
  stops.add("listener", () => listener.close());
  return listener;
}

/** Each service's database answers. */
export function databasesOf(hosted: readonly Hosted[]): readonly Readiness[] {
  return hosted.map(({ module, runtime }) => ({
    name: `database of ${module.name}`,
    check: async () => {
      await runtime.door.pool.query("select 1");
    },
  }));
}
