import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { channels } from "../envelope.js";
import { streamOf } from "../subjects.js";
import { freePort, removeFolder, tempFolder } from "./temp.js";

/** Debian installs the server where an ordinary user's PATH does not look. */
const searchable = {
  ...process.env,
  PATH: [process.env["PATH"], "/usr/local/sbin", "/usr/sbin"].join(delimiter),
};

/** A NATS server with JetStream of this test's own, which can be killed, emptied and set back. */
export class TestNats {
  readonly url: string;
  readonly #port: number;
  readonly #folder = tempFolder("nats");
  #child: ChildProcess | undefined;

  private constructor(port: number) {
    this.#port = port;
    this.url = `nats://127.0.0.1:${port}`;
  }

  static async start(): Promise<TestNats> {
    const server = new TestNats(await freePort());
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const args = ["-a", "127.0.0.1", "-p", String(this.#port), "-js", "-sd", this.store];
    this.#child = spawn("nats-server", args, { stdio: "ignore", env: searchable });
    for (let tries = 0; tries < 200; tries += 1) {
      try {
        await (await connect({ servers: this.url, reconnect: false })).close();
        return;
      } catch {
        // Not listening yet.
        await sleep(25);
      }
    }
    throw new Error("nats-server did not answer within 5 s");
  }

  /** SIGKILL, as a machine that loses power. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
    this.#child = undefined;
  }

  get store(): string {
    return join(this.#folder, "store");
  }

  /** Only while stopped. */
  deleteStore(): void {
    rmSync(this.store, { recursive: true, force: true });
  }

  /** Only while stopped. */
  copyStore(): void {
    rmSync(`${this.store}.copy`, { recursive: true, force: true });
    if (existsSync(this.store)) cpSync(this.store, `${this.store}.copy`, { recursive: true });
  }

  /** Only while stopped. */
  restoreStore(): void {
    this.deleteStore();
    if (existsSync(`${this.store}.copy`)) {
      cpSync(`${this.store}.copy`, this.store, { recursive: true });
    }
  }

  /** Empties a producer's streams, as an operator's mistake would. */
  async purge(producer: string): Promise<void> {
    const nats = await this.connect();
    const manager = await jetstreamManager(nats);
    for (const channel of channels) await manager.streams.purge(streamOf(producer, channel));
    await nats.close();
  }

  async connect(): Promise<NatsConnection> {
    return connect({ servers: this.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  }

  async stop(): Promise<void> {
    await this.kill();
    removeFolder(this.#folder);
  }
}
