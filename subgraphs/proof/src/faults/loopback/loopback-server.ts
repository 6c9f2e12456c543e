import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ObjectKind } from "@joinery/connectors";
import { LoopbackSystem } from "./loopback-system.js";
import type { Operation } from "./protocol.js";

/**
 * A loopback system behind HTTP on 127.0.0.1, in the process of the campaign, which nobody kills:
 * what it remembers is the truth about what was written.
 */
export class LoopbackServer {
  readonly system = new LoopbackSystem();
  readonly #server: Server;
  readonly #token: string;

  private constructor(token: string) {
    this.#token = token;
    this.#server = createServer((request, response) => {
      const answered = this.#answer(request).catch(() => ({ status: 400, body: {} }));
      void answered.then(({ status, body }) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(body));
      });
    });
  }

  static async start(token: string): Promise<LoopbackServer> {
    const server = new LoopbackServer(token);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    if (!this.#isKnown(request.headers.authorization ?? "")) return { status: 401, body: {} };
    if (request.method === "GET") return { status: 200, body: this.system.contents() };
    const asked = JSON.parse(await bodyOf(request)) as Asked;
    if (asked.find) {
      return { status: 200, body: this.system.named(asked.find.kind, asked.find.names) };
    }
    return { status: 200, body: (asked.perform ?? []).map((each) => this.system.perform(each)) };
  }

  #isKnown(authorization: string): boolean {
    const given = Buffer.from(authorization);
    const wanted = Buffer.from(`Bearer ${this.#token}`);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }
}

interface Asked {
  readonly find?: { readonly kind: ObjectKind; readonly names: readonly string[] };
  readonly perform?: readonly Operation[];
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
