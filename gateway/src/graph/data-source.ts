import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from "@apollo/gateway";
import { codeOf, JoineryError, type InternalTokens, type Log } from "@joinery/kit";
import type { EdgeContext } from "../edge/context.js";
import { atOldPlaces, distinctRepresentations } from "./representations.js";
import type { Subgraph } from "./subgraph.js";

type Answer = Awaited<ReturnType<GraphQLDataSource["process"]>>;

/** One subgraph: each fetch carries a short-lived token of the actor and the request's id. */
export class SubgraphDataSource implements GraphQLDataSource<EdgeContext> {
  readonly #service: string;
  readonly #subgraph: Subgraph;
  readonly #tokens: InternalTokens;
  readonly #log: Log;

  constructor(service: string, subgraph: Subgraph, tokens: InternalTokens, log: Log) {
    this.#service = service;
    this.#subgraph = subgraph;
    this.#tokens = tokens;
    this.#log = log;
  }

  async process(options: GraphQLDataSourceProcessOptions<EdgeContext>): Promise<Answer> {
    const { request } = options;
    const context = options.context as EdgeContext;
    const { variables, places } = distinctRepresentations(request.variables ?? {});
    try {
      const answer = await this.#subgraph.answer({
        query: request.query ?? "",
        operationName: request.operationName,
        variables,
        token: await this.#tokens.issue(this.#service, context.actor),
        requestId: context.requestId,
        address: context.address,
      });
      return (places ? atOldPlaces(answer, places) : answer) as Answer;
    } catch (error) {
      throw this.#publicError(error);
    }
  }

  /** Which of our own parts failed is for the log; the caller learns whether trying again helps. */
  #publicError(error: unknown): JoineryError {
    const code = codeOf(error);
    this.#log.error("subgraph does not answer", error, { subgraph: this.#service, code });
    if (code === "SERVICE_UNREACHABLE") {
      const message = "a part of Joinery does not answer just now: try again";
      return new JoineryError(code, message, { service: this.#service }, { cause: error });
    }
    return new JoineryError("INTERNAL", "internal error", {}, { cause: error });
  }
}
