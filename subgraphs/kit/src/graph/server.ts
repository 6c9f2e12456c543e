import { randomUUID } from "node:crypto";
import { isIP } from "node:net";
import { ApolloServer } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { expressMiddleware } from "@as-integrations/express5";
import { Router, json, type RequestHandler } from "express";
import type { GraphQLSchema } from "graphql";
import { codeOf } from "../errors.js";
import { bearerOf } from "../internal/endpoint.js";
import type { InternalTokens } from "../internal/token.js";
import type { Log } from "../log.js";
import type { Actor } from "../permissions.js";
import type { GraphContext } from "./context.js";
import { formatErrors } from "./errors.js";

export interface SubgraphRequest {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  /** Internal token for this service. */
  readonly token: string | undefined;
  readonly requestId: string;
  /** Network address of whoever asks the gateway. */
  readonly address?: string | undefined;
}

export interface SubgraphAnswer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: object }[];
}

export const requestIdHeader = "x-joinery-request";
/** Believed of the gateway alone: only with an internal token is it read at all. */
export const addressHeader = "x-joinery-address";

/**
 * A subgraph's schema behind the internal token, which every operation needs, `_service` and
 * `_entities` included. In process by `answer`, by HTTP through `router`.
 */
export class SubgraphServer {
  readonly #service: string;
  readonly #server: ApolloServer<GraphContext>;
  readonly #tokens: InternalTokens;
  readonly #deps: unknown;

  private constructor(
    service: string,
    server: ApolloServer<GraphContext>,
    tokens: InternalTokens,
    deps: unknown,
  ) {
    this.#service = service;
    this.#server = server;
    this.#tokens = tokens;
    this.#deps = deps;
  }

  static async start(options: {
    readonly service: string;
    readonly schema: GraphQLSchema;
    readonly deps: unknown;
    readonly tokens: InternalTokens;
    readonly log: Log;
  }): Promise<SubgraphServer> {
    const server = new ApolloServer<GraphContext>({
      schema: options.schema,
      introspection: false,
      includeStacktraceInErrorResponses: false,
      formatError: formatErrors(options.log),
      stopOnTerminationSignals: false,
      allowBatchedHttpRequests: false,
      plugins: [
        ApolloServerPluginInlineTraceDisabled(),
        ApolloServerPluginLandingPageDisabled(),
        ApolloServerPluginCacheControlDisabled(),
        ApolloServerPluginUsageReportingDisabled(),
        ApolloServerPluginSchemaReportingDisabled(),
      ],
    });
    await server.start();
    return new SubgraphServer(options.service, server, options.tokens, options.deps);
  }

  /** Throws INTERNAL_TOKEN_REFUSED; every other failure is in the answer's errors. */
  async answer(request: SubgraphRequest): Promise<SubgraphAnswer> {
    const actor = await this.#tokens.verify(this.#service, request.token);
    const { body } = await this.#server.executeOperation(
      {
        query: request.query,
        ...(request.operationName ? { operationName: request.operationName } : {}),
        ...(request.variables ? { variables: { ...request.variables } } : {}),
      },
      { contextValue: this.#context(actor, request.requestId, request.address) },
    );
    if (body.kind !== "single") return { errors: [{ message: "no incremental delivery" }] };
    return body.singleResult as SubgraphAnswer;
  }

  router(): Router {
    const router = Router();
    const middleware = expressMiddleware(this.#server, {
      context: async ({ req }) => {
        const actor = await this.#tokens.verify(this.#service, bearerOf(req.headers.authorization));
        const requestId = String(req.headers[requestIdHeader] ?? randomUUID());
        const address = req.headers[addressHeader];
        return this.#context(actor, requestId, isText(address) ? address : undefined);
      },
    });
    router.use("/graphql", this.#guard(), json({ limit: "4mb" }), middleware);
    return router;
  }

  /** Refuses before a byte of the body is read. */
  #guard(): RequestHandler {
    return async (request, response, next) => {
      try {
        await this.#tokens.verify(this.#service, bearerOf(request.headers.authorization));
        next();
      } catch (error) {
        const message = "this endpoint answers Joinery's gateway only";
        response.status(401).json({ errors: [{ message, extensions: { code: codeOf(error) } }] });
      }
    };
  }

  #context(actor: Actor, requestId: string, address: string | undefined): GraphContext {
    const known = address !== undefined && isIP(address) !== 0 ? { address } : {};
    return { actor, requestId, ...known, deps: this.#deps, loaders: new Map() };
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
