import {
  inboundSimulated, insertOutbox, sealEvents, type importSimulated,
} from "@joinery/events";
import { type LaneContext, type LaneMessage, type LaneOutcome } from "@joinery/kit";
import { tellBatch } from "../persistence/inbound-apply.js";
import { clearWave } from "../persistence/staging.js";
import { failuresOf, forgetWave, openWave, saveWave, type Wave } from "../persistence/waves.js";
import { asSimulated } from "./batch-events.js";
import type { VaultDeps } from "./ports.js";
import { RowsLost, sliceMs, WaveSteps } from "./wave-steps.js";

type Manifest = LaneMessage<ReturnType<typeof importSimulated.parse>>;

/**
 * Computes what the vault would be, had the applications of a wave been live: by the same steps as
 * an inbound wave, from the same rules, but what is computed is told as a simulation and thrown
 * away. Nothing of the vault changes, and no guard is asked.
 */
export class SimulatedWave {
  readonly #deps: VaultDeps;
  readonly #steps: WaveSteps;

  constructor(deps: VaultDeps) {
    this.#deps = deps;
    this.#steps = new WaveSteps(deps);
  }

  /** One slice of at most two seconds; answers `more` until everything is told. */
  async run(message: Manifest, lane: LaneContext): Promise<LaneOutcome> {
    const until = Date.now() + sliceMs;
    let wave = await this.#open(message, lane);
    while (Date.now() < until) {
      try {
        const next = await this.#advance(wave, message, lane);
        if (next === null) return "done";
        wave = next;
      } catch (error) {
        if (!(error instanceof RowsLost)) throw error;
        wave = await this.#open(message, lane);
      }
    }
    return "more";
  }

  #open(message: Manifest, lane: LaneContext): Promise<Wave> {
    const { waveId: id, runId, applicationIds, bundle } = message.payload;
    return lane.commit(async (tx) => {
      const now = this.#deps.clock().toISOString();
      const applicationId = applicationIds[0] as string;
      return this.#steps.verify(tx, await openWave(tx, { id, runId, applicationId, bundle, now }));
    });
  }

  /** Null when it is at its end. */
  async #advance(wave: Wave, message: Manifest, lane: LaneContext): Promise<Wave | null> {
    if (wave.state === "staging") return this.#steps.stage(wave, lane, async () => 0);
    if (wave.state === "computing") return this.#compute(wave, message, lane);
    if (wave.stage.applied < wave.stage.computed) return this.#tell(wave, lane);
    await this.#finish(wave, message, lane);
    return null;
  }

  async #compute(wave: Wave, message: Manifest, lane: LaneContext): Promise<Wave> {
    const next = await this.#steps.compute(wave, lane, {
      actor: message.envelope.actor, cause: message.envelope.id, sink: asSimulated,
      order: message.payload.applicationIds,
    });
    if (next !== null) return next;
    return this.#steps.step(wave, lane, async (tx) => {
      const telling: Wave = { ...wave, state: "applying" };
      await saveWave(tx, telling);
      return telling;
    });
  }

  #tell(wave: Wave, lane: LaneContext): Promise<Wave> {
    return this.#steps.step(wave, lane, async (tx) => {
      await tellBatch(tx, wave.id, wave.stage.applied);
      const told = { ...wave, stage: { ...wave.stage, applied: wave.stage.applied + 1 } };
      await saveWave(tx, told);
      return told;
    });
  }

  async #finish(wave: Wave, message: Manifest, lane: LaneContext): Promise<void> {
    await lane.commit(async (tx) => {
      const { runId, stage, counts, classes } = wave;
      const named = Object.entries(classes).map(([name, n]) => [`class.${name}`, n] as const);
      const { tenant, actor, id: cause } = message.envelope;
      const event = {
        event: inboundSimulated, tenant, actor, correlation: runId, cause,
        payload: {
          runId, batches: stage.events, identities: stage.identities,
          counts: { ...counts, ...Object.fromEntries(named) },
          failures: await failuresOf(tx, wave.id),
        },
      };
      await insertOutbox(tx.client, await sealEvents(this.#deps.keys.events, [event]));
      await clearWave(tx, wave.id);
      await forgetWave(tx, wave.id);
      await lane.finishWave(tx, wave.id);
    }, { handled: true });
    this.#steps.forget(wave.id);
  }
}
