import type { RunDetailsFragment } from "@joinery/sdk";

type Wave = RunDetailsFragment["waves"][number];

export function runWith(run: Partial<RunDetailsFragment>): RunDetailsFragment {
  return {
    id: "run-1",
    applicationId: "app-hr",
    reads: "everything",
    state: "queued",
    code: null,
    reason: null,
    counts: {},
    timings: {},
    errors: [],
    ruleSetHash: null,
    ruleSetVersion: null,
    population: 0,
    actorId: "operator-1",
    createdAt: "2026-11-21T08:00:00Z",
    startedAt: null,
    finishedAt: null,
    application: null,
    waves: [],
    ...run,
  };
}

export function waveWith(wave: Partial<Wave>): Wave {
  return {
    id: "wave-1",
    process: "import",
    applicationId: "app-hr",
    state: "computing",
    batches: 0,
    counts: {},
    items: {},
    signOff: false,
    breaches: [],
    ...wave,
  };
}

/** `app-hr` is called `hr`. */
export function keyOf(applicationId: string): string {
  return applicationId.replace(/^app-/, "");
}
