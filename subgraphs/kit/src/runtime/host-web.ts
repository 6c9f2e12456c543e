import { Router } from "express";
import { buildServiceSchema } from "../graph/schema.js";
import { SubgraphServer } from "../graph/server.js";
import { internalEndpoint } from "../internal/endpoint.js";
import { healthRoutes, type Readiness } from "./health.js";
import type { Hosted, ProcessRuntime } from "./host.js";
import { bareApp, jsonErrors, listen, type Listener } from "./http.js";
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
    if (module.graph.resolvers.length === 0) continue;
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
    const server = servers.get(module.name);
    if (server) router.use(`/${module.name}`, server.router());
    const endpoint = internalEndpoint(module.name, methods, process.tokens, runtime.log);
    router.use(`/${module.name}`, endpoint);
  }
  return router;
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
