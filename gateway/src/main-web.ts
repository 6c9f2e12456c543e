import {
  databasesOf,
  hostServices,
  internalRoutes,
  bareApp,
  jsonErrors,
  listen,
  nothingHere,
  openProcess,
  readHostConfig,
  readTogether,
  runProcess,
  startSubgraphs,
  InternalClient,
} from "@joinery/kit";
import { loadModules } from "./compact.js";
import { environment, readEdgeConfig } from "./config.js";
import { startEdge } from "./start-edge.js";

/** The compact web process: the gateway and every subgraph's graph. */
await runProcess(async (stops, useLog) => {
  const modules = await loadModules();
  const read = readTogether({
    host: () => readHostConfig(modules.map(({ name }) => name), environment()),
    edge: () => readEdgeConfig(environment()),
  });
  const process = await openProcess("gateway", "web", read.host, environment());
  useLog(process.log);
  const hosted = await hostServices(modules, process);
  for (const one of hosted) stops.add(one.module.name, () => one.close());
  const internal = new InternalClient("gateway", process.tokens, {});
  for (const { module, methods } of hosted) internal.host(module.name, methods);
  const subgraphs = await startSubgraphs(hosted, process, stops);
  if (read.edge.internalPort !== null) {
    const app = bareApp();
    app.use(internalRoutes(hosted, subgraphs, process), nothingHere, jsonErrors(process.log));
    const listener = await listen(app, "127.0.0.1", read.edge.internalPort);
    stops.add("internal listener", () => listener.close());
  }
  return startEdge({ process, subgraphs, internal, readiness: databasesOf(hosted), stops });
});
