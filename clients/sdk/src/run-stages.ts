import type { RunDetailsFragment } from "./generated/operations.js";

const processes = ["import", "inbound", "outbound", "export"] as const;
export type RunProcess = (typeof processes)[number];

export type StageState = "waiting" | "working" | "held" | "done" | "failed" | "discarded";

/** How far one wave of a run is. */
export interface RunStage {
  readonly process: RunProcess;
  /** That an export writes to; null for the others. */
  readonly applicationId: string | null;
  readonly state: StageState;
  readonly done: number;
  /** Null while nobody knows: a source is read until it ends. */
  readonly total: number | null;
  /**
   * Import: `read`, and once it is compared `new`, `changed` and `gone`. Inbound and outbound:
   * `identities`. Export: items by their state.
   */
  readonly counts: Readonly<Record<string, number>>;
}

type Wave = RunDetailsFragment["waves"][number];
type Progress = Pick<RunStage, "done" | "total" | "counts">;

/** What a run's state says of the wave that it is in. */
const processOfState: Readonly<Record<string, RunProcess | null>> = {
  queued: "import",
  importing: "import",
  inbound: "inbound",
  outbound: "outbound",
  exporting: "export",
  finished: null,
};

/** The waves of a run in their order, those to come included. */
export function runStages(run: RunDetailsFragment): readonly RunStage[] {
  return processes.flatMap((process) => {
    const waves = run.waves.filter((wave) => wave.process === process);
    if (waves.length === 0) return withoutWave(run, process);
    return waves.map((wave) => {
      const state = stageState(wave.state);
      const applicationId = process === "export" ? wave.applicationId : null;
      return { process, applicationId, state, ...progressOf(run, wave, process, state) };
    });
  });
}

/**
 * A wave that has no record: the run's state says whether it is yet to come or had nothing to do.
 * Of a run that failed or was given up nothing more comes.
 */
function withoutWave({ state }: RunDetailsFragment, process: RunProcess): readonly RunStage[] {
  if (state === "failed" || state === "discarded") return [];
  const none = { process, applicationId: null, done: 0, total: null, counts: {} };
  const now = processOfState[state];
  if (now === process) return [{ ...none, state: state === "queued" ? "waiting" : "working" }];
  const isPassed =
    now === null || (now !== undefined && processes.indexOf(process) < processes.indexOf(now));
  return [{ ...none, state: isPassed ? "done" : "waiting" }];
}

function stageState(state: string): StageState {
  if (state === "computing" || state === "released") return "working";
  if (state === "finished") return "done";
  if (state === "held" || state === "failed" || state === "discarded") return state;
  return "waiting";
}

function progressOf(
  run: RunDetailsFragment,
  wave: Wave,
  process: RunProcess,
  state: StageState,
): Progress {
  switch (process) {
    case "import":
      return importProgress(numbersOf(run.counts), state);
    case "inbound":
      return identities(numbersOf(run.counts));
    case "outbound":
      return identities(numbersOf(wave.counts));
    case "export":
      return exportProgress(wave, state);
  }
}

type Numbers = Readonly<Record<string, number>>;

/** Reading has no known end; what differs from what we have is applied afterwards. */
function importProgress(numbers: Numbers, state: StageState): Progress {
  const { read = 0, changed = 0, gone = 0, applied = 0 } = numbers;
  if (numbers["new"] === undefined) return { done: 0, total: null, counts: { read } };
  const total = numbers["new"] + changed + gone;
  const done = state === "done" ? total : Math.min(total, applied);
  return { done, total, counts: { read, new: numbers["new"], changed, gone } };
}

/** How many there are is known at the end only. */
function identities({ identities: n = 0 }: Numbers): Progress {
  return { done: 0, total: null, counts: { identities: n } };
}

const isLeft = ["proposed", "open", "waiting"] as const;

/** Items by state: what neither waits nor is open has come to its end. */
function exportProgress(wave: Wave, state: StageState): Progress {
  const counts = numbersOf(wave.items);
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const left = isLeft.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
  const isUnsealed = state === "working" && total === 0 && wave.state === "computing";
  return { done: total - left, total: isUnsealed ? null : total, counts };
}

/** What of the counts of a run or wave is a number. */
function numbersOf(counts: Readonly<Record<string, unknown>>): Numbers {
  const entries = Object.entries(counts).map(([name, n]) => [name, Number(n) || 0] as const);
  return Object.fromEntries(entries);
}
