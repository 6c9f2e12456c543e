import {
  InternalClient,
  openProcess,
  readHostConfig,
  readTogether,
  runProcess,
} from "@joinery/kit";
import { environment, readEdgeConfig, requireAddresses } from "./config.js";
import { HttpSubgraph } from "./graph/http-subgraph.js";
import { startEdge } from "./start-edge.js";

/** The gateway alone: every subgraph is elsewhere, at `JOINERY_<SERVICE>_URL`. */
await runProcess(async (stops, useLog) => {
  const read = readTogether({
    host: () => readHostConfig([], environment()),
    edge: () => readEdgeConfig(environment()),
    subgraphs: () => requireAddresses(environment()),
  });
  const process = await openProcess("gateway", "web", read.host, environment());
  useLog(process.log);
  const internal = new InternalClient("gateway", process.tokens, process.addresses);
  stops.add("internal client", () => internal.close());
  const subgraphs = new Map<string, HttpSubgraph>();
  for (const [service, address] of Object.entries(process.addresses)) {
    const subgraph = new HttpSubgraph(service, address);
    stops.add(`connections to ${service}`, () => subgraph.close());
    subgraphs.set(service, subgraph);
  }
  return startEdge({ process, subgraphs, internal, readiness: [], stops });
});
