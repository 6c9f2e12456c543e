import {
  InternalClient,
  openProcess,
  readHostConfig,
  readTogether,
  runProcess,
  type Readiness,
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
  const readiness: Readiness[] = [];
  for (const [service, address] of Object.entries(process.addresses)) {
    const subgraph = new HttpSubgraph(service, address);
    stops.add(`connections to ${service}`, () => subgraph.close());
    subgraphs.set(service, subgraph);
    // One that is away takes its own part of the graph with it; without crypto nobody is known.
    const isSpared = service !== "crypto";
    readiness.push({ name: service, isSpared, check: () => subgraph.check() });
  }
  return startEdge({ process, subgraphs, internal, readiness, stops });
});
