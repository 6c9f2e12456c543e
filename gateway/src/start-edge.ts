import {
  type InternalClient,
  listen,
  openBroker,
  type ApplicationsMethods,
  type CryptoMethods,
  type Listener,
  type ProcessRuntime,
  type Readiness,
  type StopList,
} from "@joinery/kit";
import { portalFolder, readEdgeConfig, readSupergraph } from "./config.js";
import { edgeApp } from "./edge/app.js";
import { startGraph } from "./edge/graph.js";
import { readPortal } from "./edge/portal.js";
import { PushClients } from "./edge/push-clients.js";
import { Sessions } from "./edge/sessions.js";
import type { Subgraph } from "./graph/subgraph.js";

/** Starts the public edge over subgraphs that are here or elsewhere. */
export async function startEdge(options: {
  readonly process: ProcessRuntime;
  readonly subgraphs: ReadonlyMap<string, Subgraph>;
  /** Reaches `crypto`, which knows sessions and clients, and `applications`, which takes pushes. */
  readonly internal: InternalClient;
  /** What it stands on beside the broker. */
  readonly readiness: readonly Readiness[];
  readonly stops: StopList;
}): Promise<Listener> {
  const { process, subgraphs, internal, stops } = options;
  const { config, environment, log, tokens } = process;
  const { bodyBytesMax, trustedProxies } = readEdgeConfig(environment);
  const supergraphSdl = await readSupergraph();
  const graph = await startGraph({ supergraphSdl, subgraphs, tokens, log });
  stops.add("graph", () => graph.stop());
  const sessions = new Sessions((token) =>
    internal.call<CryptoMethods, "resolveSession">("crypto", "resolveSession", { token }),
  );
  const scim = {
    clients: new PushClients((token) =>
      internal.call<CryptoMethods, "resolveClient">("crypto", "resolveClient", { token })),
    forward: (input: ApplicationsMethods["scim"]["input"]) =>
      internal.call<ApplicationsMethods, "scim">("applications", "scim", input),
  };
  // Requests do without it: what they tell waits in the outbox.
  const broker = { ...openBroker(process, stops).readiness, isSpared: true };
  const readiness = [...options.readiness, broker];
  const isStopping = () => stops.isStopping;
  const limits = { bodyBytesMax, trustedProxies };
  const portal = await readPortal(portalFolder);
  if (portal === null) log.warn("the portal was not built: npm run build", {});
  const app = edgeApp({ graph, sessions, scim, portal, ...limits, readiness, isStopping, log });
  const listener = await listen(app, config.host, config.port);
  stops.add("public listener", () => listener.close());
  return listener;
}
