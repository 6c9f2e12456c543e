import type { ObjectKind } from "@joinery/engine";
import { definePoints } from "@joinery/events";
import { codeOf, uuidv5 } from "@joinery/kit";
import { unavailableFor, type Application } from "../../domain/application.js";
import {
  ErrorTallies, isSimulation, plannedItems, whyHeld, type Counts, type Run,
} from "../../domain/run.js";
import { failRun } from "../fail-run.js";
import { finishRunIfDone } from "../finish-run.js";
import { underClaim } from "../imports/import-work.js";
import { isPassing } from "../passing.js";
import { endEmptied } from "../plans/give-up-proposed.js";
import type { Deps, Task, Tx } from "../ports.js";
import { simulateOutbound } from "../simulating/simulate-outbound.js";
import { computeOutbound } from "./compute-outbound.js";
import { exportWaveId, type OutboundWork } from "./outbound-work.js";
import { compiledRules } from "./rules-cache.js";
import { sealTarget, tellHeld } from "./seal-outbound.js";

const point = definePoints("outbound.begin.after", "outbound.compute.after",
  "outbound.seal.after", "outbound.finish.before", "outbound.finish.after");

type Claim = Pick<OutboundWork, "deps" | "task" | "signal">;

/** Plans for every run that waits for it, the oldest first. Null: come again when wished. */
export async function runOutbound(deps: Deps, task: Task, signal: AbortSignal): Promise<null> {
  const claim = { deps, task, signal };
  for (;;) {
    const run = await underClaim(claim, async (tx) =>
      (await deps.runs.inState(tx, null, ["outbound"]))[0] ?? null);
    if (run === null) return null;
    try {
      await outboundOf(claim, run);
    } catch (error) {
      if (signal.aborted || isPassing(error)) throw error;
      deps.log.error("an outbound wave failed", error, { runId: run.id, code: codeOf(error) });
      await failOutbound(claim, run, codeOf(error));
    }
  }
}

async function failOutbound(claim: Claim, run: Run, code: string): Promise<void> {
  const { deps, task } = claim;
  const application = await deps.within(task.tenant, (tx) =>
    deps.applications.find(tx, run.applicationId));
  if (application === null) return;
  await failRun({ ...claim, application, run }, code, "an unexpected error, told in the log");
}

async function outboundOf(claim: Claim, run: Run): Promise<void> {
  if (isSimulation(run)) return simulateOutbound(claim, run);
  const began = performance.now();
  const begun = await begin(claim, run);
  await point("outbound.begin.after");
  if (begun.work === null) {
    await close(claim, run, begun.unavailable);
    return;
  }
  const { work } = begun;
  if (work.wave.state === "computing") {
    await computeOutbound(work);
    await point("outbound.compute.after");
    await noteComputed(work, Math.round(performance.now() - began));
  }
  for (const application of work.targets.values()) {
    if (!(await isSealed(work, application))) await sealTarget(work, application);
    await point("outbound.seal.after");
  }
  await point("outbound.finish.before");
  await finish(work, begun.unavailable);
  await point("outbound.finish.after");
}

interface Begun {
  readonly work: OutboundWork | null;
  /** Why applications get no items, as counts of the run. */
  readonly unavailable: Counts;
}

/**
 * Loads what the run is pinned to. Without a rule set, targets or anybody due, there is no work.
 */
async function begin(claim: Claim, run: Run): Promise<Begun> {
  const { deps, task } = claim;
  const digestKey = await deps.digestKey(task.tenant);
  return underClaim(claim, async (tx) => {
    const text = run.bundle === null ? null : await deps.replicas.bundleText(tx, run.bundle);
    if (run.bundle === null || text === null) return { work: null, unavailable: {} };
    const rules = compiledRules(run.bundle, text);
    const { targets, unavailable } = await targetsFor(deps, tx, rules.engine);
    await deps.outbound.takeDates(tx, deps.clock());
    const allDue = await deps.outbound.allDue(tx, run.bundleVersion ?? 0);
    const isAll = [...targets.values()].some(({ id }) => allDue.has(id));
    const isDue = isAll || (await deps.outbound.hasDue(tx));
    const known = await deps.waves.findOf(tx, run.id, "outbound");
    if (known === null && (targets.size === 0 || !isDue)) return { work: null, unavailable };
    const wave = known ?? await deps.waves.ensure(tx, {
      id: uuidv5(tx.tenant, run.id, "outbound"), runId: run.id, process: "outbound",
      applicationId: run.applicationId, state: "computing",
    });
    const tally = {
      errors: new ErrorTallies(run.errors), identities: 0, failed: 0, pending: 0,
      contradictions: 0, protected: 0,
    };
    const now = deps.clock();
    const work = {
      ...claim, run, wave, rules, targets, allDue: new Set(allDue.keys()), digestKey, now, tally,
    };
    return { work, unavailable };
  });
}

/** Applications that a rule set writes to, by key, and as counts those that take nothing now. */
export async function targetsFor(
  deps: Deps,
  tx: Tx,
  engine: OutboundWork["rules"]["engine"],
): Promise<{ targets: Map<string, Application>; unavailable: Counts }> {
  const kinds: readonly ObjectKind[] = ["user", "group"];
  const keys = new Set(kinds.flatMap((kind) => [...engine.targets(kind)]));
  const targets = new Map<string, Application>();
  const unavailable: Record<string, number> = {};
  for (const application of await deps.applications.list(tx)) {
    if (!keys.has(application.key)) continue;
    const reason = unavailableFor(application);
    if (reason === null) targets.set(application.key, application);
    else unavailable[`unavailable.${application.key}.${reason}`] = 1;
  }
  return { targets, unavailable };
}

/** What was computed is kept; after a crash from here on it is sealed, not computed again. */
async function noteComputed(work: OutboundWork, planMs: number): Promise<void> {
  const { deps, run, wave, tally } = work;
  const { identities, failed, pending, contradictions, protected: spared } = tally;
  await underClaim(work, async (tx) => {
    await deps.waves.change(tx, wave.id, {
      state: "released", counts: { identities, failed, pending, contradictions, protected: spared },
    });
    await deps.runs.change(tx, run.id, {
      errors: tally.errors.toJSON(),
      timings: { planMs },
      progress: {
        planned: identities, ...(failed > 0 ? { planFailed: failed } : {}),
        ...(pending > 0 ? { planPending: pending } : {}),
        ...(contradictions > 0 ? { contradictions } : {}),
      },
    });
  });
}

/** A target whose guard has decided before the crash is not asked again. */
async function isSealed(
  { deps, task, run }: OutboundWork,
  application: Application,
): Promise<boolean> {
  const id = exportWaveId(task.tenant, run.id, application.id);
  const wave = await deps.within(task.tenant, (tx) => deps.waves.find(tx, id));
  return wave !== null && wave.state !== "computing";
}

async function finish(work: OutboundWork, unavailable: Counts): Promise<void> {
  const { deps, run, wave, targets } = work;
  await underClaim(work, async (tx) => {
    const counts = await deps.waves.find(tx, wave.id);
    await deps.outbound.finishDue(tx, wave.id);
    const wished = (counts?.stage["allDue"] ?? {}) as Readonly<Record<string, number>>;
    for (const { id } of targets.values()) {
      const n = wished[id];
      if (n !== undefined) await deps.outbound.noteAllDone(tx, id, n);
      // Also where nothing new leaves: a wave may have ended by what was replaced in it.
      await deps.tasks.wish(tx, "export", id);
      await endEmptied(deps, tx, id);
    }
    await deps.waves.change(tx, wave.id, { state: "finished" });
    // As they are now: a person may have decided about one since its guard did.
    await deps.runs.lock(tx, run.id);
    const exports = (await deps.waves.ofRuns(tx, [run.id]))
      .filter(({ process }) => process === "export");
    const held = exports.filter(({ state }) => state === "held");
    const isHeld = held.length > 0;
    const isReleased = exports.some(({ state }) => state === "released");
    await deps.runs.change(tx, run.id, {
      state: isHeld && !isReleased ? "held" : "exporting",
      ...(isHeld ? whyHeld(held) : {}),
      progress: { ...unavailable, ...(await queued(deps, tx, run.id)) },
    });
    const source = await deps.applications.find(tx, run.applicationId);
    if (isHeld && source !== null) await tellHeld(work, tx, source);
    await finishRunIfDone(deps, tx, run.id);
  });
}

async function queued(deps: Deps, tx: Tx, runId: string): Promise<Counts> {
  let itemsQueued = 0;
  for (const wave of await deps.waves.ofRuns(tx, [runId])) {
    if (wave.process === "export") itemsQueued += plannedItems(wave.counts);
  }
  return { itemsQueued };
}

/** Nothing is to be planned: the run is at its end. */
async function close(claim: Claim, run: Run, unavailable: Counts): Promise<void> {
  const { deps } = claim;
  await underClaim(claim, async (tx) => {
    await deps.runs.change(tx, run.id, { state: "exporting", progress: unavailable });
    await finishRunIfDone(deps, tx, run.id);
  });
}
