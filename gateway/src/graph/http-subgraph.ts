import { setTimeout as delay } from "node:timers/promises";
import {
  addressHeader,
  JoineryError,
  requestIdHeader,
  type SubgraphAnswer,
  type SubgraphRequest,
} from "@joinery/kit";
import { Pool } from "undici";
import type { Subgraph } from "./subgraph.js";

/** Waits between attempts to reach a process that is being replaced. */
const pausesMs = [50, 150, 400];

/** Errors of a connection that never was: nothing has been sent, so anything may be sent again. */
const neverSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

/** Errors of a connection that was closed meanwhile: the request may have been done. */
const brokenOff = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

/** A subgraph's web process, by HTTP on connections that are kept. */
export class HttpSubgraph implements Subgraph {
  readonly #service: string;
  readonly #pool: Pool;
  readonly #path: string;

  /** `address`: base address, whose path is the service's own. */
  constructor(service: string, address: string) {
    const { origin, pathname } = new URL(address);
    this.#service = service;
    this.#path = `${pathname.replace(/\/$/, "")}/graphql`;
    this.#pool = new Pool(origin, {
      connections: 32,
      keepAliveTimeout: 30_000,
      headersTimeout: 30_000,
      bodyTimeout: 30_000,
      connectTimeout: 2_000,
      maxResponseSize: 64 * 1024 * 1024,
    });
  }

  /** Tries again what was not sent, and once a query whose connection broke off. */
  async answer(request: SubgraphRequest): Promise<SubgraphAnswer> {
    const repeatable = !/^\s*mutation\b/.test(request.query);
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#post(request);
      } catch (cause) {
        const code = (cause as NodeJS.ErrnoException).code ?? "";
        const again = neverSent.has(code) || (repeatable && attempt === 0 && brokenOff.has(code));
        const pause = pausesMs[attempt];
        if (!again || pause === undefined) throw this.#unreachable(cause);
        await delay(pause);
      }
    }
  }

  async #post(request: SubgraphRequest): Promise<SubgraphAnswer> {
    const { query, operationName, variables, address } = request;
    const response = await this.#pool.request({
      path: this.#path,
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${request.token ?? ""}`,
        [requestIdHeader]: request.requestId,
        ...(address === undefined ? {} : { [addressHeader]: address }),
      },
      body: JSON.stringify({ query, operationName, variables }),
    });
    const answer: unknown = await response.body.json();
    if (response.statusCode === 401) {
      const message = `${this.#service} refuses the gateway's token`;
      throw new JoineryError("INTERNAL_TOKEN_REFUSED", message);
    }
    if (!isAnswer(answer)) {
      throw new Error(`an answer with status ${response.statusCode} that is no GraphQL`);
    }
    return answer;
  }

  #unreachable(cause: unknown): JoineryError {
    if (cause instanceof JoineryError) return cause;
    const service = this.#service;
    const message = `${service} does not answer`;
    return new JoineryError("SERVICE_UNREACHABLE", message, { service }, { cause });
  }

  /** Throws when its process does not answer. */
  async check(): Promise<void> {
    const { statusCode, body } = await this.#pool.request({ path: "/healthz", method: "GET" });
    await body.dump();
    if (statusCode !== 200) throw this.#unreachable(new Error(`status ${statusCode}`));
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}

function isAnswer(body: unknown): body is SubgraphAnswer {
  return typeof body === "object" && body !== null && ("data" in body || "errors" in body);
}
