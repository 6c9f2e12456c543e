import {
  allContracts,
  openEvent,
  resealEvent,
  type Envelope,
  type EventContract,
  type Sealer,
} from "@joinery/events";
import { JoineryError } from "../errors.js";
import type { LaneHandler, LaneMessage } from "./handler.js";

/** Opens stored messages, and knows who handles them. */
export class LaneMessages {
  readonly #sealer: Sealer;
  readonly #handlers = new Map<string, LaneHandler>();
  readonly #contracts = new Map<string, EventContract>();

  constructor(sealer: Sealer, handlers: readonly LaneHandler[]) {
    this.#sealer = sealer;
    const own = handlers.flatMap(({ event, carries }) => [event, ...(carries ?? [])]);
    for (const contract of [...allContracts(), ...own]) {
      this.#contracts.set(keyOf(contract), contract);
    }
    for (const handler of handlers) this.#handlers.set(keyOf(handler.event), handler);
  }

  handlerOf(envelope: Envelope): LaneHandler | undefined {
    return this.#handlers.get(keyOf(envelope));
  }

  /**
   * Throws EVENT_VERSION_UNKNOWN when this release does not know the event's version, and what
   * opening throws.
   */
  async open(envelope: Envelope, sealed: Uint8Array): Promise<LaneMessage> {
    const contract = this.#contracts.get(keyOf(envelope));
    if (contract === undefined) {
      const { name, version } = envelope;
      throw new JoineryError("EVENT_VERSION_UNKNOWN", "an event of a version not known here", {
        name,
        version,
      });
    }
    return { envelope, payload: await openEvent(this.#sealer, contract, { envelope, sealed }) };
  }

  /** A payload of the same event, sealed for the same envelope. */
  async sealAgain(envelope: Envelope, payload: unknown): Promise<Uint8Array> {
    return resealEvent(this.#sealer, envelope, payload);
  }
}

function keyOf(event: { readonly name: string; readonly version: number }): string {
  return `${event.name} ${event.version}`;
}
