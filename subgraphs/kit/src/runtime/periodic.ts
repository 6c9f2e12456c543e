import { setTimeout as delay } from "node:timers/promises";
import { codeOf } from "../errors.js";
import type { Log } from "../log.js";
import type { Worker } from "./module.js";

/**
 * Work that is done at once and then again and again; a failure waits for the next time. Its signal
 * tells it to stop.
 */
export class Periodic implements Worker {
  readonly name: string;
  readonly #everyMs: number;
  readonly #work: (signal: AbortSignal) => Promise<unknown>;
  readonly #log: Log;
  readonly #end = new AbortController();
  #done: Promise<void> = Promise.resolve();

  constructor(
    name: string,
    everyMs: number,
    work: (signal: AbortSignal) => Promise<unknown>,
    log: Log,
  ) {
    this.name = name;
    this.#everyMs = everyMs;
    this.#work = work;
    this.#log = log;
  }

  async start(): Promise<void> {
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      try {
        await this.#work(signal);
      } catch (error) {
        this.#log.error("periodic work failed", error, { work: this.name, code: codeOf(error) });
      }
      await delay(this.#everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
