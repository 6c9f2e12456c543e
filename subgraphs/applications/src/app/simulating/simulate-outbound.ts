import { assessGuard, type ObjectKind } from "@joinery/engine";
import { definePoints } from "@joinery/events";
import { uuidv5 } from "@joinery/kit";
import {
  isInSandbox, unavailableInSimulation, type Application,
} from "../../domain/application.js";
import { ErrorTallies, type Counts, type Run } from "../../domain/run.js";
import { failRun } from "../fail-run.js";
import { underClaim } from "../imports/import-work.js";
import { computeOutbound } from "../outbound/compute-outbound.js";
import { exportWaveId, type OutboundWork } from "../outbound/outbound-work.js";
import { compiledRules } from "../outbound/rules-cache.js";
import { rootOf, shownBreaches, shownClasses } from "../outbound/seal-outbound.js";
import type { Tx } from "../ports.js";
import { tell, toldRun } from "../telling.js";

const point = definePoints("simulate.compute.after", "simulate.finish.after");

type Claim = Pick<OutboundWork, "deps" | "task" | "signal">;

/**
 * Plans what would be written, had the applications in the sandbox been live: by the same code as
 * outbound, into items that never leave. Everybody is planned for in them, and for the applications
 * that are live whoever would be another. What a guard would hold is told. A crash begins it anew.
 */
export async function simulateOutbound(claim: Claim, run: Run): Promise<void> {
  const began = performance.now();
  const work = await begin(claim, run);
  if (work === "lost") {
    const application = await claim.deps.within(claim.task.tenant, (tx) =>
      claim.deps.applications.find(tx, run.applicationId));
    if (application === null) return;
    await failRun({ ...claim, application, run }, "SIMULATION_LOST",
      "the database crashed and lost what was to be planned: simulate again");
    return;
  }
  if (work !== null) await computeOutbound(work);
  await point("simulate.compute.after");
  await finish(claim, run, work, Math.round(performance.now() - began));
  await point("simulate.finish.after");
}

/** Null where no rule set is active or it has no targets: nothing would be written. */
async function begin(claim: Claim, run: Run): Promise<OutboundWork | "lost" | null> {
  const { deps, task } = claim;
  const digestKey = await deps.digestKey(task.tenant);
  return underClaim(claim, async (tx) => {
    if ((await deps.simulations.count(tx, run.id)) < (run.counts["simulatedRows"] ?? 0)) {
      return "lost";
    }
    const text = run.bundle === null ? null : await deps.replicas.bundleText(tx, run.bundle);
    if (run.bundle === null || text === null) return null;
    const rules = compiledRules(run.bundle, text);
    const targets = await targetsFor(claim, tx, rules.engine);
    if (targets.size === 0) return null;
    const sandbox = [...targets.values()].filter(isInSandbox).map(({ id }) => id);
    const wave = await deps.waves.ensure(tx, {
      id: uuidv5(tx.tenant, run.id, "outbound"), runId: run.id, process: "outbound",
      applicationId: run.applicationId, state: "computing",
    });
    return {
      ...claim, deps: { ...deps, outbound: deps.simulations.outbound(run.id, sandbox) },
      run, wave, rules, targets, allDue: new Set(sandbox), digestKey, now: deps.clock(),
      tally: {
        errors: new ErrorTallies(run.errors), identities: 0, failed: 0, pending: 0,
        contradictions: 0, protected: 0,
      },
    };
  });
}

async function targetsFor(
  { deps }: Claim,
  tx: Tx,
  engine: OutboundWork["rules"]["engine"],
): Promise<Map<string, Application>> {
  const kinds: readonly ObjectKind[] = ["user", "group"];
  const keys = new Set(kinds.flatMap((kind) => [...engine.targets(kind)]));
  const all = await deps.applications.list(tx);
  return new Map(all
    .filter((each) =>
      keys.has(each.key) && each.provisions && unavailableInSimulation(each) === null)
    .map((each) => [each.key, each]));
}

async function finish(
  claim: Claim,
  run: Run,
  work: OutboundWork | null,
  planMs: number,
): Promise<void> {
  const { deps } = claim;
  await underClaim(claim, async (tx) => {
    let items = 0;
    for (const application of work?.targets.values() ?? []) {
      items += await seal(claim, tx, run, application);
    }
    if (work !== null) {
      const { identities, failed, pending, protected: spared } = work.tally;
      const counts = { identities, failed, pending, protected: spared };
      await deps.waves.change(tx, work.wave.id, { state: "finished", counts });
    }
    await deps.simulations.clear(tx, run.id);
    await deps.runs.change(tx, run.id, {
      state: "finished", finished: true, timings: { planMs }, progress: { simulatedItems: items },
      ...(work === null ? {} : { errors: work.tally.errors.toJSON() }),
    });
    await deps.simulations.forgetOlder(tx);
    const application = await deps.applications.find(tx, run.applicationId);
    const finished = await deps.runs.find(tx, run.id) ?? run;
    if (application === null) return;
    await tell(deps, tx, [toldRun(tx, application, finished, "finished")]);
  });
}

/** What would be written to one application, and what its guard would say; answers how many. */
async function seal(
  { deps, task }: Claim,
  tx: Tx,
  run: Run,
  application: Application,
): Promise<number> {
  const id = exportWaveId(task.tenant, run.id, application.id);
  const { operations, classes } = await deps.outbound.count(tx, id);
  const items = sum(operations);
  if (items === 0) return 0;
  const { joined, present } = await deps.accounts.population(tx, application.id);
  const verdict = assessGuard({
    population: isInSandbox(application) ? present : joined,
    counts: classes,
    ledger24h: await deps.guard.last24h(tx, application.id, deps.clock()),
    firstLiveRunDone: application.firstExportAt !== null,
    limits: application.limits,
  });
  await deps.waves.ensure(tx, {
    id, runId: run.id, process: "export", applicationId: application.id, state: "computing",
  });
  await deps.waves.change(tx, id, {
    state: "finished", root: await rootOf(deps, tx, id),
    counts: { ...operations, ...shownClasses(classes) },
    breaches: shownBreaches(application.id, verdict), stage: { simulated: true },
  });
  return items;
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((total, n) => total + n, 0);
}
