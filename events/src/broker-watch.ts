import type { NatsConnection } from "@nats-io/transport-node";
import { Wake } from "./wake.js";

/** Knows whether the broker is there, so that nothing piles up in the client while it is not. */
export class BrokerWatch {
  /** Grows with each connection; what was ensured in an older one must be ensured again. */
  connections = 0;
  readonly #status: ReturnType<NatsConnection["status"]>;
  readonly #changed = new Set<Wake>();
  #connected = true;
  #stopped = false;

  constructor(nats: NatsConnection, onReconnect?: () => void) {
    this.#status = nats.status();
    // It ends with the connection, however that ends.
    this.#follow(onReconnect).catch(() => undefined);
  }

  /** Resolves when there is a connection, or after `stop`. */
  async connected(): Promise<void> {
    const wake = new Wake();
    this.#changed.add(wake);
    while (!this.#connected && !this.#stopped) await wake.wait(1_000);
    this.#changed.delete(wake);
  }

  stop(): void {
    this.#stopped = true;
    for (const wake of this.#changed) wake.wake();
    if (isStoppable(this.#status)) this.#status.stop();
  }

  async #follow(onReconnect: (() => void) | undefined): Promise<void> {
    for await (const { type } of this.#status) {
      if (this.#stopped) return;
      if (type === "disconnect") this.#connected = false;
      if (type === "reconnect") {
        this.#connected = true;
        this.connections += 1;
        for (const wake of this.#changed) wake.wake();
        onReconnect?.();
      }
    }
  }
}

/** The client's iterators can be stopped from outside; its declarations do not say so here. */
function isStoppable(iterator: object): iterator is { stop(): void } {
  return "stop" in iterator && typeof iterator.stop === "function";
}
