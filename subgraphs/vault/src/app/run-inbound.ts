import { createHash } from "node:crypto";
import {
  definePoints, insertOutbox, sealEvents, type importReleased,
} from "@joinery/events";
import {
  assert, planForBatches, type LaneContext, type LaneMessage, type LaneOutcome,
  type TenantTransaction,
} from "@joinery/kit";
import { applyBatch, hasMoved, storedBatch, tellBatch } from "../persistence/inbound-apply.js";
import { decidedAccounts, otherApplications } from "../persistence/inbound-reads.js";
import {
  groupsOf, settleAccounts, settleGroups, settlePairs, type MemberSource,
} from "../persistence/members.js";
import {
  computedBundle, saveComputedBundle, stageDue, stageEverything,
} from "../persistence/recompute.js";
import { clearWave } from "../persistence/staging.js";
import {
  approvalOf, endWave, enterLedger, failuresOf, guardWave, unsettledWaves, openWave, saveWave,
  type Wave,
} from "../persistence/waves.js";
import { asChanges } from "./batch-events.js";
import { inboundEvent } from "./inbound-event.js";
import type { VaultDeps } from "./ports.js";
import { keepMembers } from "./wave-messages.js";
import { isOfMembers, RowsLost, sliceMs, WaveSteps } from "./wave-steps.js";

export type ImportReleased = ReturnType<typeof importReleased.parse>;
type Manifest = LaneMessage<ImportReleased>;

const point = definePoints(
  "vault.guard.before", "vault.guard.after",
  "vault.apply.before", "vault.apply.after",
  "vault.finish.before", "vault.finish.after",
);

const settleSize = 5_000;

/**
 * Drives one inbound wave a step at a time (docs/decisions/0004): stage the messages, compute them
 * in anchor order into working rows, guard, apply. Each step is one transaction that moves the
 * wave's record, so a worker that dies anywhere is followed by one that goes on.
 */
export class InboundWave {
  readonly #deps: VaultDeps;
  /** Waves that this process has opened. */
  readonly #opened = new Set<string>();
  readonly #steps: WaveSteps;

  constructor(deps: VaultDeps) {
    this.#deps = deps;
    this.#steps = new WaveSteps(deps);
  }

  /** One slice of at most two seconds; answers `more` until the wave is finished or held. */
  async run(message: Manifest, lane: LaneContext): Promise<LaneOutcome> {
    const until = Date.now() + sliceMs;
    let wave = await this.#open(message, lane);
    while (Date.now() < until) {
      if (wave.state === "held") return "keep";
      if (!isUnderWay(wave)) return "done";
      wave = await this.#advance(wave, message, lane).catch((error: unknown) => {
        if (error instanceof RowsLost) return this.#open(message, lane);
        throw error;
      });
    }
    return "more";
  }

  #advance(wave: Wave, message: Manifest, lane: LaneContext): Promise<Wave> {
    if (wave.state === "staging") {
      return this.#steps.stage(wave, lane, async (tx) =>
        message.payload.bundle === (await computedBundle(tx, wave.applicationId))
          ? stageDue(tx, wave.id, wave.applicationId, wave.stage.now)
          : stageEverything(tx, wave.id, wave.applicationId));
    }
    if (wave.state === "computing") return this.#compute(wave, message, lane);
    return this.#apply(wave, message, lane);
  }

  async #open(message: Manifest, lane: LaneContext): Promise<Wave> {
    const { waveId: id, runId, applicationId, bundle } = message.payload;
    return lane.commit(async (tx) => {
      const now = this.#deps.clock().toISOString();
      let wave = await openWave(tx, { id, runId, applicationId, bundle, now });
      if (isUnderWay(wave)) wave = await this.#steps.verify(tx, wave);
      if (!this.#opened.has(id)) wave = await this.#adoptHeld(tx, wave, message, lane);
      this.#opened.add(id);
      return wave;
    });
  }

  /** What an earlier wave of the application was held for is decided anew, with what came since. */
  async #adoptHeld(
    tx: TenantTransaction,
    wave: Wave,
    message: Manifest,
    lane: LaneContext,
  ): Promise<Wave> {
    if (wave.state !== "staging" || wave.stage.messages > 0) return wave;
    let adopted = wave.stage.adopted;
    for (const held of await unsettledWaves(tx, wave.applicationId)) {
      if (held.id === wave.id) continue;
      await clearWave(tx, held.id);
      await lane.adoptWave(tx, held.id, wave.id);
      const why = {
        code: "SUPERSEDED",
        reason: "a newer import of the application took its place",
      };
      await endWave(tx, held.id, "discarded", null, why);
      adopted = true;
      // That of one which a person discarded was told then.
      if (held.state === "set-aside") continue;
      const event = inboundEvent(held, "discarded", message.envelope, { ...why });
      await insertOutbox(tx.client, await sealEvents(this.#deps.keys.events, [event]));
    }
    const next = { ...wave, stage: { ...wave.stage, adopted } };
    await saveWave(tx, next);
    return next;
  }

  async #compute(wave: Wave, message: Manifest, lane: LaneContext): Promise<Wave> {
    const { actor, id: cause } = message.envelope;
    const next = await this.#steps.compute(wave, lane, {
      actor, cause, sink: asChanges, order: [],
    });
    return next ?? this.#guard(wave, message, lane);
  }

  /** One transaction: the ledger is read, the wave let through or held, and that is told. */
  async #guard(wave: Wave, message: Manifest, lane: LaneContext): Promise<Wave> {
    await point("vault.guard.before");
    const guarded = await this.#steps.step(wave, lane, async (tx): Promise<Wave> => {
      const { breaches, signOff } = await this.#assess(tx, wave, message.payload);
      if (breaches.length === 0 && !signOff) {
        const stage = { ...wave.stage, released: true };
        const released: Wave = { ...wave, state: "applying", stage, breaches: [] };
        await saveWave(tx, released);
        return released;
      }
      const held: Wave = { ...wave, state: "held", breaches, stage: { ...wave.stage, signOff } };
      await saveWave(tx, held);
      const event = inboundEvent(held, "held", message.envelope);
      await insertOutbox(tx.client, await sealEvents(this.#deps.keys.events, [event]));
      return held;
    });
    // Whoever lets it through does so days later: applications are others by then.
    if (guarded.state === "held") this.#steps.forget(wave.id);
    await point("vault.guard.after");
    return guarded;
  }

  /**
   * Why the wave has to wait: limits that it goes over, and whether people sign off what its
   * application brings. Nothing of either for what was let through before, by the guard or, to the
   * last item, by a person. What passes is entered in the ledger.
   */
  async #assess(
    tx: TenantTransaction,
    wave: Wave,
    released: ImportReleased,
  ): Promise<{ readonly breaches: Wave["breaches"]; readonly signOff: boolean }> {
    const { stage } = wave;
    if (stage.released) return { breaches: [], signOff: false };
    const isApproved = stage.approved === approvalOf(wave);
    const breaches = isApproved ? [] : await guardWave(tx, wave, released);
    const changes = stage.identities > 0 || stage.events > 0 || stage.members === true;
    const signOff = !isApproved && changes && (await this.#isSignedOff(tx, wave));
    if (breaches.length === 0 && !signOff) await enterLedger(tx, wave);
    return { breaches, signOff };
  }

  async #isSignedOff(tx: TenantTransaction, wave: Wave): Promise<boolean> {
    const { applications } = await this.#steps.context(tx, wave);
    return applications.get(wave.applicationId)?.signOff === true;
  }

  async #apply(wave: Wave, message: Manifest, lane: LaneContext): Promise<Wave> {
    const batch = wave.stage.applied;
    if (batch >= wave.stage.computed) return this.#finish(wave, message, lane);
    await point("vault.apply.before");
    const next = await this.#steps.step(wave, lane, async (tx) => {
      await planForBatches(tx);
      const stored = await storedBatch(tx, wave.id, batch);
      const moved = await hasMoved(tx, wave.id, stored);
      await applyBatch(tx, wave.id, stored);
      await tellBatch(tx, wave.id, batch);
      const applied: Wave = { ...wave, stage: {
        ...wave.stage, applied: batch + 1, ...(moved ? { hasMoved: true } : {}),
      } };
      await saveWave(tx, applied);
      return applied;
    });
    await point("vault.apply.after");
    return next;
  }

  async #finish(wave: Wave, message: Manifest, lane: LaneContext): Promise<Wave> {
    assert(wave.stage.applied === wave.stage.computed, "a finished wave applied all it computed");
    await this.#takeMembers(wave, message, lane);
    await point("vault.finish.before");
    const finished: Wave = { ...wave, state: "finished" };
    await lane.commit(
      async (tx) => {
        if (wave.bundle !== null) await saveComputedBundle(tx, wave.applicationId, wave.bundle);
        await endWave(tx, wave.id, "finished", rootOf(wave));
        const failures = await failuresOf(tx, wave.id);
        await clearWave(tx, wave.id);
        const event = inboundEvent(finished, "finished", message.envelope, { failures });
        await insertOutbox(tx.client, await sealEvents(this.#deps.keys.events, [event]));
        await lane.finishWave(tx, wave.id);
      },
      { handled: true },
    );
    this.#opened.delete(wave.id);
    this.#steps.forget(wave.id);
    await point("vault.finish.after");
    return finished;
  }

  /**
   * Members of groups, once every account of the wave has its identity: what the application
   * reports, and what accounts of any application that were joined by this wave are members of.
   * Only an application that is authoritative for groups says who should be in them.
   */
  async #takeMembers(wave: Wave, message: Manifest, lane: LaneContext): Promise<void> {
    const by = { runId: wave.runId, actor: message.envelope.actor, cause: message.envelope.id };
    for await (const part of lane.waveMessages(wave.id)) {
      if (!isOfMembers(part)) continue;
      const source = { ...by, applicationId: wave.applicationId };
      await lane.commit(async (tx) => {
        const { pairs, groups } = await keepMembers(tx, wave.applicationId, part);
        if (!(await this.#ownsGroups(tx, wave, wave.applicationId))) return;
        await settlePairs(tx, this.#deps.keys.events, source, pairs);
        await settleGroups(tx, this.#deps.keys.events, source, groups);
      });
    }
    const others = await this.#steps.step(wave, lane, (tx) =>
      otherApplications(tx, wave.id, wave.applicationId),
    );
    for (const applicationId of [wave.applicationId, ...others]) {
      await this.#settleDecided(wave, lane, { ...by, applicationId });
    }
  }

  async #settleDecided(wave: Wave, lane: LaneContext, source: MemberSource): Promise<void> {
    const owns = await lane.commit((tx) => this.#ownsGroups(tx, wave, source.applicationId));
    let after: string | null = null;
    while (owns) {
      const last: string | null = await this.#steps.step(wave, lane, async (tx) => {
        const { applicationId } = source;
        const decided = await decidedAccounts(tx, wave.id, applicationId, after, settleSize);
        const accounts = decided.map(({ id }) => id);
        const groups = decided.flatMap(({ id, isGroup }) => (isGroup ? [id] : []));
        // Whose an account was before is not known any more: everybody in its groups is looked at.
        if (wave.stage.hasMoved) groups.push(...await groupsOf(tx, applicationId, accounts));
        await settleGroups(tx, this.#deps.keys.events, source, groups);
        await settleAccounts(tx, this.#deps.keys.events, source, accounts);
        return accounts.at(-1) ?? null;
      });
      if (last === null) return;
      after = last;
    }
  }

  async #ownsGroups(tx: TenantTransaction, wave: Wave, applicationId: string): Promise<boolean> {
    const { applications } = await this.#steps.context(tx, wave);
    return applications.get(applicationId)?.authoritativeFor.includes("group") ?? false;
  }
}

function isUnderWay({ state }: Wave): boolean {
  return state === "staging" || state === "computing" || state === "applying";
}

function rootOf(wave: Wave): Buffer {
  return createHash("sha256").update(wave.stage.digest).digest();
}
