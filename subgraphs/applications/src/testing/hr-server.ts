import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** An HR system over HTTP with two lists, which knows one token and counts who asks at once. */
export class HrServer {
  readonly url: string;
  /** When each request came, in milliseconds. */
  readonly askedAt: number[] = [];
  /** The most requests that were under way at once. */
  atOnceMost = 0;
  /** How long an answer takes. */
  answerMs = 0;
  readonly #close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  static async open(token: string): Promise<HrServer> {
    let atOnce = 0;
    const server = createServer((request, response) => {
      atOnce += 1;
      opened.atOnceMost = Math.max(opened.atOnceMost, atOnce);
      const path = request.url ?? "";
      opened.askedAt.push(performance.now());
      const isOurs = request.headers.authorization === `Bearer ${token}`;
      const kind = path.slice(1).split("?")[0] ?? "";
      const listed = [1, 2].map((n) => ({ id: `${kind}-${n}`, login: `${kind}.${n}` }));
      void delay(opened.answerMs).then(() => {
        atOnce -= 1;
        response.writeHead(isOurs ? 200 : 401, { "content-type": "application/json" });
        response.end(JSON.stringify(isOurs ? listed : {}));
      });
    });
    await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
    const { port } = server.address() as AddressInfo;
    const opened = new HrServer(`http://127.0.0.1:${port}`, () =>
      new Promise<void>((resolve) => {
        server.close(() => { resolve(); });
        server.closeAllConnections();
      }));
    return opened;
  }

  /** What a connection to it says. */
  get shared() {
    return {
      url: this.url, allowPlain: true, retries: { max: 0 },
      authentication: { kind: "bearer", tokenSecret: "hr-token" },
    };
  }

  async close(): Promise<void> {
    await this.#close();
  }
}

/** What an application that reads one of the lists says. */
export function listOf(path: string): object {
  return {
    users: {
      list: { path, paging: { kind: "none" } }, anchor: "id", name: "login",
      attributes: { login: { path: "login" } },
    },
  };
}
