import { randomUUID } from "node:crypto";
import { allContracts } from "@joinery/events";
import type { LaneContext, LaneHandler, LaneMessage, TenantTransaction } from "@joinery/kit";
import type { World } from "./world.js";

/**
 * Gives events to their handlers as a lane does, in the transactions of the test's organisation.
 */
export class TestLane {
  readonly #world: World;
  readonly #handlers: readonly LaneHandler[];

  constructor(world: World, handlers: readonly LaneHandler[]) {
    this.#world = world;
    this.#handlers = handlers;
  }

  /** Validates the payload as the sender does. */
  async tell(name: string, payload: unknown): Promise<void> {
    const contract = allContracts().find((each) => each.name === name);
    const handler = this.#handlers.find((each) => each.event.name === name);
    if (contract === undefined || handler === undefined) throw new Error(`nobody takes ${name}`);
    const message: LaneMessage = {
      envelope: {
        id: randomUUID(), name, version: 1, tenant: this.#world.tenant, channel: "batch",
        occurredAt: new Date().toISOString(), actor: { kind: "system", id: "vault" },
        correlation: "test",
      },
      payload: contract.parse(payload),
    };
    const outcome = await handler.handle(message as LaneMessage<never>, this.#context());
    if (outcome !== "done") throw new Error(`${name} was not handled: ${outcome}`);
  }

  #context(): LaneContext {
    const unused = () => {
      throw new Error("not part of this lane");
    };
    return {
      tenant: this.#world.tenant,
      commit: (work: (tx: TenantTransaction) => Promise<never>) => this.#world.tx(work),
      waveMessages: unused, waveCount: unused, finishWave: unused, adoptWave: unused,
      reactivate: unused, park: unused, replaceParked: unused,
    };
  }
}
