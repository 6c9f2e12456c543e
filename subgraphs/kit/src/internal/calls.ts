import { Agent, request } from "undici";
import { JoineryError } from "../errors.js";
import type { Actor } from "../permissions.js";
import { serviceActor, type InternalTokens } from "./token.js";

/**
 * Calls between subgraphs that cannot be events: in process where the service is
 * here, by HTTP with the signed internal token where it is not; never through the public graph.
 * Input and output are plain JSON in both cases.
 */
export interface InternalMethods {
  readonly [method: string]: (input: never, actor: Actor) => Promise<unknown>;
}

/** Names and types of one service's methods. */
export interface InternalContract {
  readonly [method: string]: { readonly input: unknown; readonly output: unknown };
}

export type MethodsOf<C extends InternalContract> = {
  readonly [M in keyof C]: (input: C[M]["input"], actor: Actor) => Promise<C[M]["output"]>;
};

export class InternalClient {
  readonly #caller: string;
  readonly #tokens: InternalTokens;
  readonly #addresses: Readonly<Record<string, string>>;
  readonly #local = new Map<string, InternalMethods>();
  readonly #agent = new Agent({ connections: 16, headersTimeout: 30_000, bodyTimeout: 30_000 });

  /** `addresses`: base address of each service that is not in this process. */
  constructor(caller: string, tokens: InternalTokens, addresses: Readonly<Record<string, string>>) {
    this.#caller = caller;
    this.#tokens = tokens;
    this.#addresses = addresses;
  }

  /** The service's methods are in this process. */
  host(service: string, methods: InternalMethods): void {
    this.#local.set(service, methods);
  }

  /** Throws the callee's JoineryError, or SERVICE_UNREACHABLE, which may be tried again. */
  async call<C extends InternalContract, M extends keyof C & string>(
    service: string,
    method: M,
    input: C[M]["input"],
    actor: Actor = serviceActor(this.#caller),
  ): Promise<C[M]["output"]> {
    const local = this.#local.get(service)?.[method];
    if (local) return (await local(structuredClone(input) as never, actor)) as C[M]["output"];
    const address = this.#addresses[service];
    if (!address) {
      throw new JoineryError("SERVICE_UNREACHABLE", `no address of ${service}`, { service });
    }
    return (await this.#post(
      service,
      `${address}/internal/${method}`,
      input,
      actor,
    )) as C[M]["output"];
  }

  async #post(service: string, url: string, input: unknown, actor: Actor): Promise<unknown> {
    const token = await this.#tokens.issue(service, actor);
    let status: number;
    let body: unknown;
    try {
      const response = await request(url, {
        method: "POST",
        dispatcher: this.#agent,
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: JSON.stringify(input ?? null),
      });
      status = response.statusCode;
      body = await response.body.json();
    } catch (cause) {
      throw new JoineryError(
        "SERVICE_UNREACHABLE",
        `${service} does not answer`,
        { service },
        { cause },
      );
    }
    if (status === 200) return body;
    const error = body as { code?: unknown; message?: unknown };
    throw new JoineryError(
      typeof error.code === "string" ? error.code : "INTERNAL",
      typeof error.message === "string" ? error.message : `${service} failed`,
    );
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }
}
