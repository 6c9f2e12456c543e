import {
  cryptoActionRecorded, insertOutbox, sealEvents, type Actor as EventActor, type Sealer,
} from "@joinery/events";
import type { Actor, Clock, Door } from "@joinery/kit";
import type { Caller, RecordedAction, Recorder, Trail } from "../app/ports.js";

/** Tells `audit` through the outbox, in the transaction of what is told. */
export class OutboxRecorder implements Recorder {
  readonly #door: Door;
  readonly #sealer: Sealer;
  readonly #clock: Clock;

  constructor(door: Door, sealer: Sealer, clock: Clock) {
    this.#door = door;
    this.#sealer = sealer;
    this.#clock = clock;
  }

  async prepare(by: Caller, ...actions: readonly RecordedAction[]): Promise<Trail> {
    const occurredAt = this.#clock();
    return sealEvents(
      this.#sealer,
      actions.map(({ tenant, action, target, refusal, before, after }) => ({
        event: cryptoActionRecorded,
        tenant,
        actor: toEventActor(by.actor),
        correlation: by.requestId,
        occurredAt,
        payload: {
          action,
          target,
          outcome: refusal === undefined ? ("done" as const) : ("refused" as const),
          ...(refusal === undefined ? {} : { code: refusal }),
          ...(before ? { before } : {}),
          ...(after ? { after } : {}),
          ...(by.address === undefined ? {} : { address: by.address }),
        },
      })),
    );
  }

  async write(trail: Trail): Promise<void> {
    await this.#door.withCatalogue((tx) => insertOutbox(tx.client, trail));
  }
}

/** Without the name, which travels in clear and is looked up by whoever may read it. */
function toEventActor(actor: Actor): EventActor {
  return { kind: actor.kind === "service" ? "system" : "person", id: actor.id };
}
