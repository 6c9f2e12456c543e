import { definePoints, memberChanged, memberRestated, type Actor } from "@joinery/events";
import {
  planForBatches, type LaneContext, type LaneMessage, type TenantTransaction,
} from "@joinery/kit";
import { nextStaged, otherApplications, undecided } from "../persistence/inbound-reads.js";
import { clearWave, isWhole, markWhole, stageWaiting } from "../persistence/staging.js";
import { madeAnew, saveWave, type Wave } from "../persistence/waves.js";
import type { Sink } from "./batch-events.js";
import { computeBatch } from "./compute-batch.js";
import type { WaveContext } from "./load-batch.js";
import type { VaultDeps } from "./ports.js";
import { loadContext } from "./wave-context.js";
import { stageMessage } from "./wave-messages.js";

const point = definePoints(
  "vault.stage.before", "vault.stage.after", "vault.compute.before", "vault.compute.after",
);

const batchSize = 1_000;
export const sliceMs = 2_000;

/** How the accounts of a wave are computed. */
export interface Computing {
  readonly actor: Actor;
  /** Id of the manifest's envelope. */
  readonly cause: string;
  readonly sink: Sink;
  /** Applications whose accounts come first, in this order; then the others. */
  readonly order: readonly string[];
}

/**
 * What every wave does before it ends, a step at a time: its messages are staged, then computed in
 * anchor order into working rows. Each step is one transaction that moves the wave's record.
 */
export class WaveSteps {
  readonly #deps: VaultDeps;
  readonly #contexts = new Map<string, WaveContext>();

  constructor(deps: VaultDeps) {
    this.#deps = deps;
  }

  /**
   * A step on the working rows: it commits only while nothing has emptied them since they were
   * begun. A crash of the database does, and leaves the process that works on them alive. Throws
   * RowsLost.
   */
  step<T>(
    wave: Wave,
    lane: LaneContext,
    work: (tx: TenantTransaction) => Promise<T>,
  ): Promise<T> {
    return lane.commit(async (tx) => {
      if (!(await isWhole(tx, wave.id))) throw new RowsLost();
      return work(tx);
    });
  }

  /** Working rows that a crash of the database emptied are made again from the inbox. */
  async verify(tx: TenantTransaction, wave: Wave): Promise<Wave> {
    if (await isWhole(tx, wave.id)) return wave;
    const isNew = wave.state === "staging" && wave.stage.messages + wave.stage.staged === 0;
    if (!isNew) {
      this.#deps.log.warn("working rows of a wave were lost, made again", { wave: wave.id });
      await clearWave(tx, wave.id);
    }
    await markWhole(tx, wave.id);
    if (isNew) return wave;
    const again = madeAnew(wave);
    await saveWave(tx, again);
    return again;
  }

  /** Takes messages in until there are none; `more`: what else is to be computed, how many. */
  async stage(
    wave: Wave,
    lane: LaneContext,
    more: (tx: TenantTransaction) => Promise<number>,
  ): Promise<Wave> {
    const until = Date.now() + sliceMs;
    let current = wave;
    for await (const part of lane.waveMessages(wave.id, wave.stage.messages)) {
      await point("vault.stage.before");
      current = await this.step(wave, lane, async (tx) => {
        await planForBatches(tx);
        const staged = await stageMessage(tx, wave, part);
        const stage = {
          ...current.stage,
          messages: current.stage.messages + 1,
          staged: current.stage.staged + staged,
          ...(isOfMembers(part) ? { members: true } : {}),
        };
        const next = { ...current, stage };
        await saveWave(tx, next);
        return next;
      });
      await point("vault.stage.after");
      if (Date.now() > until) return current;
    }
    return this.step(wave, lane, async (tx) => {
      const staged = current.stage.staged + (await more(tx));
      const next: Wave = { ...current, state: "computing", stage: { ...current.stage, staged } };
      await saveWave(tx, next);
      return next;
    });
  }

  /** Computes the next batch; null when everything is computed. */
  async compute(wave: Wave, lane: LaneContext, computing: Computing): Promise<Wave | null> {
    await point("vault.compute.before");
    const next = await this.step(wave, lane, async (tx) => {
      await planForBatches(tx);
      const chunk = await nextChunk(tx, wave, computing.order);
      if (!chunk) return takeWaiting(tx, wave);
      const context = await this.context(tx, wave);
      const { actor, cause, sink } = computing;
      const request = { wave, ...chunk, actor, cause, sink };
      const computed = await computeBatch(this.#deps, tx, context, request);
      await saveWave(tx, computed);
      return computed;
    });
    await point("vault.compute.after");
    return next;
  }

  /** The same for every batch of a wave, so it is loaded once. */
  async context(tx: TenantTransaction, wave: Wave): Promise<WaveContext> {
    const held = this.#contexts.get(wave.id);
    if (held) return held;
    const context = await loadContext(this.#deps, tx, wave.bundle, wave.stage.now);
    this.#contexts.set(wave.id, context);
    return context;
  }

  /** The wave is at its end, or waits for so long that its context will be another. */
  forget(waveId: string): void {
    this.#contexts.delete(waveId);
  }
}

/** The next accounts of the application under way, else of another that has undecided ones. */
async function nextChunk(tx: TenantTransaction, wave: Wave, order: readonly string[]) {
  const { position } = wave.stage;
  if (position === null || position.applicationId === wave.applicationId) {
    const more = await nextStaged(tx, wave.id, wave.applicationId, position, batchSize);
    if (more.length > 0) return { applicationId: wave.applicationId, accounts: more };
  }
  const others = await otherApplications(tx, wave.id, wave.applicationId);
  const rank = (id: string) => (order.includes(id) ? order.indexOf(id) : order.length);
  for (const applicationId of others.toSorted((a, b) => rank(a) - rank(b))) {
    const accounts = await undecided(tx, wave.id, applicationId, batchSize);
    if (accounts.length > 0) return { applicationId, accounts };
  }
  return null;
}

/** Accounts that wait for an identity which the wave makes; null when there are none. */
async function takeWaiting(tx: TenantTransaction, wave: Wave): Promise<Wave | null> {
  const waiting = await stageWaiting(tx, wave.id);
  if (waiting === 0) return null;
  const next = { ...wave, stage: { ...wave.stage, staged: wave.stage.staged + waiting } };
  await saveWave(tx, next);
  return next;
}

export function isOfMembers({ envelope: { name } }: LaneMessage): boolean {
  return name === memberChanged.name || name === memberRestated.name;
}

/** The database crashed while a wave was worked on: its working rows are gone. */
export class RowsLost extends Error {}
