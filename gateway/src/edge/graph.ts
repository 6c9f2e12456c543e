import { ApolloServer } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { ApolloGateway } from "@apollo/gateway";
import { JoineryError, type InternalTokens, type Log } from "@joinery/kit";
import { disableVendorTelemetry } from "../config.js";
import { SubgraphDataSource } from "../graph/data-source.js";
import type { Subgraph } from "../graph/subgraph.js";
import type { EdgeContext } from "./context.js";
import { formatEdgeErrors } from "./errors.js";
import { libraryLog } from "./library-log.js";
import { limitRules, limits } from "./limits.js";
import { signInRules } from "./sign-in.js";

export interface GraphOptions {
  readonly supergraphSdl: string;
  readonly subgraphs: ReadonlyMap<string, Subgraph>;
  readonly tokens: InternalTokens;
  readonly log: Log;
}

/**
 * The federated graph, started. Throws SUBGRAPH_MISSING when the supergraph names a subgraph that
 * is not given.
 */
export async function startGraph(options: GraphOptions): Promise<ApolloServer<EdgeContext>> {
  const { tokens, log, subgraphs, supergraphSdl } = options;
  disableVendorTelemetry();
  const gateway = new ApolloGateway({
    supergraphSdl,
    logger: libraryLog(log, "gateway"),
    __exposeQueryPlanExperimental: false,
    buildService: ({ name }) => {
      const subgraph = subgraphs.get(name);
      if (!subgraph) throw missing(name);
      return new SubgraphDataSource(name, subgraph, tokens, log);
    },
  });
  const server = new ApolloServer<EdgeContext>({
    gateway,
    logger: libraryLog(log, "server"),
    introspection: true,
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: limits.tokens },
    validationRules: limitRules(),
    formatError: formatEdgeErrors(log),
    plugins: [
      signInRules(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginCacheControlDisabled(),
    ],
  });
  await server.start();
  return server;
}

function missing(name: string): JoineryError {
  const message = `supergraph.graphql names the subgraph ${name}, which is not here: ` +
    `run npm run generate, or set JOINERY_${name.toUpperCase()}_URL`;
  return new JoineryError("SUBGRAPH_MISSING", message, { subgraph: name });
}
