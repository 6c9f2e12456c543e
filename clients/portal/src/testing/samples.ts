import type { RunSummaryFragment } from "@joinery/sdk";
import type { Health } from "../pages/home/waiting.js";

const at = "2026-11-21T08:00:00.000Z";

/** A run that has finished, unless said otherwise. */
export function run(given: Partial<RunSummaryFragment> = {}): RunSummaryFragment {
  return {
    id: "01a2", applicationId: "01a1", state: "finished", reads: "everything", code: null,
    reason: null, counts: {}, timings: {}, errors: [], ruleSetHash: null, ruleSetVersion: 1,
    population: 0, actorId: "01a0", createdAt: at, startedAt: at, finishedAt: at, ...given,
  };
}

/** Nothing went wrong with a system. */
export const well: Health["health"] = {
  failures: 0, failingSince: null, code: null, reason: null, quarantinedAt: null, probeAt: null,
};

/** An application with which all is well, unless said otherwise. */
export function application(given: Partial<Health> = {}): Health {
  return {
    id: "01a1", key: "hr", name: "Human resources", connector: "csv", phase: "live",
    authoritativeFor: [], imports: true, provisions: true, stopped: false,
    watched: false, watchCode: null, watchReason: null,
    state: "active", firstImportAt: at, pausedUntil: null, pauseCode: null, pauseReason: null,
    health: well, createdAt: at, updatedAt: at, runs: { nodes: [] }, ...given,
  };
}
