import { setTimeout as delay } from "node:timers/promises";
import { codeOf, type Log } from "@joinery/kit";
import {
  startNats,
  startPostgres,
  type NatsServer,
  type PostgresServer,
} from "@joinery/kit/services";

export interface ServerOptions {
  readonly dataFolder: string;
  readonly databaseUrl: string | null;
  readonly natsUrl: string | null;
  readonly log: Log;
}

export type ServerEvent =
  | { readonly kind: "ready"; readonly name: string; readonly detail: string; readonly ms: number }
  | { readonly kind: "ended"; readonly name: string };

interface Server {
  readonly url: string;
  readonly pid: number | undefined;
  isAlive(): boolean;
  stop(): Promise<void>;
}

type ServerName = "postgres" | "nats";

const lookEveryMs = 250;
const pauseMs = { shortest: 250, longest: 10_000 } as const;

/**
 * PostgreSQL and NATS, kept running: one that was killed starts again on the same data. They
 * outlive the launcher when it is killed, and are found again.
 */
export class Servers {
  readonly #log: Log;
  readonly #onEvent: (event: ServerEvent) => void;
  readonly #starts: Readonly<Record<ServerName, () => Promise<PostgresServer | NatsServer>>>;
  #servers: { postgres: Server; nats: Server } | undefined;
  #watching: Promise<void> = Promise.resolve();
  readonly #end = new AbortController();

  constructor(options: ServerOptions, onEvent: (event: ServerEvent) => void) {
    const { dataFolder, databaseUrl, natsUrl, log } = options;
    this.#log = log;
    this.#onEvent = onEvent;
    this.#starts = {
      postgres: () => startPostgres({ dataFolder, databaseUrl: databaseUrl ?? undefined, log }),
      nats: () => startNats({ dataFolder, natsUrl: natsUrl ?? undefined, log }),
    };
  }

  /** Both at once. Throws what the first one that failed threw, after the other was stopped. */
  async start(): Promise<void> {
    const names = ["postgres", "nats"] as const;
    const outcomes = await Promise.allSettled(names.map((name) => this.#startOne(name)));
    const [postgres, nats] = outcomes;
    if (postgres?.status === "fulfilled" && nats?.status === "fulfilled") {
      this.#servers = { postgres: postgres.value, nats: nats.value };
      return;
    }
    for (const outcome of outcomes) if (outcome.status === "fulfilled") await outcome.value.stop();
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    throw failed?.reason;
  }

  get urls(): { readonly postgres: string; readonly nats: string } {
    const servers = this.#servers;
    return { postgres: servers?.postgres.url ?? "", nats: servers?.nats.url ?? "" };
  }

  get pids(): Readonly<Record<string, number>> {
    const pids: Record<string, number> = {};
    for (const [name, server] of Object.entries(this.#servers ?? {})) {
      if (server.pid !== undefined) pids[name] = server.pid;
    }
    return pids;
  }

  /** From now on a server that dies starts again; `onMoved` when it then has another address. */
  watch(onMoved: () => void): void {
    this.#watching = Promise.all([
      this.#watchOne("postgres", onMoved),
      this.#watchOne("nats", onMoved),
    ]).then(() => undefined);
  }

  /** NATS first: nothing is lost by that order, and PostgreSQL is the record. */
  async stop(): Promise<void> {
    this.#end.abort();
    await this.#watching;
    const servers = this.#servers;
    this.#servers = undefined;
    await servers?.nats.stop();
    await servers?.postgres.stop();
  }

  async #startOne(name: ServerName): Promise<Server> {
    const begun = performance.now();
    const server = await this.#starts[name]();
    const found = server.adopted ? ", found running" : "";
    const detail = `${server.version}, port ${server.port}${found}`;
    this.#onEvent({ kind: "ready", name, detail, ms: performance.now() - begun });
    return server;
  }

  async #watchOne(name: ServerName, onMoved: () => void): Promise<void> {
    let waitMs: number = pauseMs.shortest;
    while (!this.#end.signal.aborted) {
      await delay(lookEveryMs, undefined, { signal: this.#end.signal }).catch(() => undefined);
      const server = this.#servers?.[name];
      if (!server || this.#end.signal.aborted || server.isAlive()) continue;
      this.#onEvent({ kind: "ended", name });
      try {
        await this.#replace(name, server, onMoved);
        waitMs = pauseMs.shortest;
      } catch (error) {
        const code = codeOf(error);
        this.#log.error("a server does not start again", error, { name, code, waitMs });
        await delay(waitMs, undefined, { signal: this.#end.signal }).catch(() => undefined);
        waitMs = Math.min(pauseMs.longest, waitMs * 2);
      }
    }
  }

  async #replace(name: ServerName, dead: Server, onMoved: () => void): Promise<void> {
    await dead.stop(); // Gives the data folder free.
    const started = await this.#startOne(name);
    if (this.#servers) this.#servers = { ...this.#servers, [name]: started };
    if (started.url !== dead.url) onMoved();
  }
}
