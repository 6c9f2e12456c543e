import { cp, rename } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { RunningStack } from "@joinery/gateway/launch";
import type { Random } from "../support/random.js";
import { signal } from "./processes.js";

/** What happens to processes and servers from outside. */
export class Harm {
  readonly #stack: RunningStack;
  readonly #broker: string;
  #stores = 0;

  constructor(stack: RunningStack, dataFolder: string) {
    this.#stack = stack;
    this.#broker = join(dataFolder, "nats");
  }

  /** Kills the process of this name, as soon as there is one; answers when, since the epoch. */
  async kill(name: string): Promise<number> {
    for (let tries = 0; tries < 600; tries += 1) {
      const pid = this.#stack.pids()[name];
      if (pid !== undefined && signal(pid, "SIGKILL")) return Date.now();
      await delay(100);
    }
    throw new Error(`${name} does not run`);
  }

  /** Any process of ours, or one of the servers. */
  anyProcess(random: Random): string {
    return random.pick(Object.keys(this.#stack.pids()));
  }

  /** The broker dies and comes back without anything that it kept. */
  async emptyBroker(): Promise<number> {
    // Taken away before the kill: whatever starts next finds nothing.
    await rename(join(this.#broker, "store"), this.#aside("lost"));
    return this.kill("nats");
  }

  /** Copies the broker's store as it is at one moment; answers where the copy is. */
  async copyBroker(): Promise<string> {
    const copy = this.#aside("copy");
    const pid = this.#stack.pids()["nats"];
    if (pid === undefined) throw new Error("the broker does not run");
    signal(pid, "SIGSTOP");
    try {
      await cp(join(this.#broker, "store"), copy, { recursive: true });
    } finally {
      signal(pid, "SIGCONT");
    }
    return copy;
  }

  /** The broker dies and comes back as it was when the copy was made. */
  async setBrokerBack(copy: string): Promise<number> {
    const store = join(this.#broker, "store");
    await rename(store, this.#aside("lost"));
    await rename(copy, store);
    return this.kill("nats");
  }

  #aside(name: string): string {
    this.#stores += 1;
    return join(this.#broker, `${name}-${this.#stores}`);
  }
}
