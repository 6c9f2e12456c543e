import { codeOf } from "../errors.js";
import type { Log } from "../log.js";

/**
 * What a process has to put away, in the order in which it was taken up. Stopping goes backwards,
 * so that nothing is closed under something that still uses it; a failing step delays no other.
 */
export class StopList {
  readonly #log: Log;
  readonly #steps: { readonly name: string; readonly stop: () => Promise<void> }[] = [];
  #stopping: Promise<void> | null = null;

  constructor(log: Log) {
    this.#log = log;
  }

  get isStopping(): boolean {
    return this.#stopping !== null;
  }

  add(name: string, stop: () => Promise<void>): void {
    this.#steps.push({ name, stop });
  }

  /** Runs every step once, whoever asks how often; never throws. */
  stop(): Promise<void> {
    this.#stopping ??= this.#run();
    return this.#stopping;
  }

  async #run(): Promise<void> {
    for (const { name, stop } of this.#steps.toReversed()) {
      try {
        await stop();
      } catch (error) {
        this.#log.error("a part did not stop in order", error, { part: name, code: codeOf(error) });
      }
    }
  }
}
