import type { RunDetailsFragment } from "@joinery/sdk";
import { printable } from "../output/printable.js";
import { counted, shownCount } from "../output/words.js";

export type StageState = "waiting" | "working" | "held" | "done" | "failed" | "discarded";

/** How far one wave of a run is, as a bar shows it. */
export interface Stage {
  /** `import`, `inbound`, `outbound`, or `export` with the application that it writes to. */
  readonly name: string;
  readonly state: StageState;
  readonly done: number;
  /** Null while nobody knows: a source is read until it ends. */
  readonly total: number | null;
  readonly note: string;
}

type Wave = RunDetailsFragment["waves"][number];
type Counts = Readonly<Record<string, unknown>>;

const order = ["import", "inbound", "outbound", "export"];
/** What a run's state says of the wave that it is in. */
const stateOfRun: Readonly<Record<string, string>> = {
  queued: "import",
  importing: "import",
  inbound: "inbound",
  outbound: "outbound",
  exporting: "export",
  finished: "",
};

/**
 * The waves of a run in their order, those to come included. `keyOf` names applications by id.
 */
export function stagesOf(
  run: RunDetailsFragment,
  keyOf: (applicationId: string) => string,
): readonly Stage[] {
  return order.flatMap((process) => {
    const waves = run.waves.filter((wave) => wave.process === process);
    if (waves.length === 0) return withoutWave(run, process);
    return waves.map((wave) => ofWave(run, wave, keyOf));
  });
}

/**
 * A wave that has no record: the run's state says whether it is yet to come or had nothing to do.
 * Of a run that failed or was given up nothing more comes.
 */
function withoutWave({ state }: RunDetailsFragment, process: string): readonly Stage[] {
  if (state === "failed" || state === "discarded") return [];
  const none = { name: process, done: 0, total: null, note: "" };
  const now = stateOfRun[state];
  if (now === process) return [{ ...none, state: state === "queued" ? "waiting" : "working" }];
  const isPassed = now !== undefined && (now === "" || order.indexOf(process) < order.indexOf(now));
  return [{ ...none, state: isPassed ? "done" : "waiting" }];
}

function ofWave(
  run: RunDetailsFragment,
  wave: Wave,
  keyOf: (applicationId: string) => string,
): Stage {
  const state = stageState(wave.state);
  switch (wave.process) {
    case "import":
      return { name: "import", state, ...importProgress(run.counts, state) };
    case "inbound":
      return { name: "inbound", state, ...identities(run.counts, state) };
    case "outbound":
      return { name: "outbound", state, ...identities(wave.counts, state) };
    default:
      return {
        name: `export ${printable(keyOf(wave.applicationId))}`,
        state,
        ...exportProgress(wave, state),
      };
  }
}

function stageState(state: string): StageState {
  if (state === "computing" || state === "released") return "working";
  if (state === "finished") return "done";
  if (state === "held" || state === "failed" || state === "discarded") return state;
  return "waiting";
}

type Progress = Pick<Stage, "done" | "total" | "note">;

/** Reading has no known end; what differs from what we have is applied afterwards. */
function importProgress(counts: Counts, state: StageState): Progress {
  const read = count(counts, "read");
  if (!("new" in counts)) return { done: 0, total: null, note: `${shownCount(read)} read` };
  const changes = ["new", "changed", "gone"].map((name) => count(counts, name));
  const total = changes.reduce((sum, n) => sum + n, 0);
  const [added = 0, changed = 0, gone = 0] = changes.map(shownCount);
  const note = `${shownCount(read)} read, ${added} new, ${changed} changed, ${gone} gone`;
  const done = state === "done" ? total : Math.min(total, count(counts, "applied"));
  return { done, total, note };
}

/** How many there are is known at the end only. */
function identities(counts: Counts, state: StageState): Progress {
  const n = count(counts, "identities");
  const note = n > 0 || state === "done" ? counted(n, "identity", "identities") : "";
  return { done: 0, total: null, note };
}

const isLeft = new Set(["proposed", "open", "waiting"]);

/** Items by state: what neither waits nor is open has come to its end. */
function exportProgress(wave: Wave, state: StageState): Progress {
  const entries = Object.entries(wave.items).map(([name, n]) => [name, Number(n) || 0] as const);
  const total = entries.reduce((sum, [, n]) => sum + n, 0);
  const left = entries
    .filter(([name]) => isLeft.has(name))
    .reduce((sum, [, n]) => sum + n, 0);
  const troubled = entries.filter(([name, n]) => n > 0 && name !== "open" && name !== "done");
  const words = troubled.map(([name, n]) => `${shownCount(n)} ${name}`);
  const sealed = state === "working" && total === 0 && wave.state === "computing";
  return { done: total - left, total: sealed ? null : total, note: words.join(", ") };
}

export function count(counts: Counts, name: string): number {
  const n = counts[name];
  return typeof n === "number" ? n : 0;
}
