import { runStages, type RunDetailsFragment, type RunStage, type StageState } from "@joinery/sdk";
import { printable } from "../output/printable.js";
import { counted, shownCount } from "../output/words.js";

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

/**
 * The waves of a run in their order, those to come included. `keyOf` names applications by id.
 */
export function stagesOf(
  run: RunDetailsFragment,
  keyOf: (applicationId: string) => string,
): readonly Stage[] {
  return runStages(run).map((stage) => {
    const { process, applicationId, state, done, total } = stage;
    const name = applicationId === null ? process : `${process} ${printable(keyOf(applicationId))}`;
    return { name, state, done, total, note: noteOf(stage) };
  });
}

function noteOf({ process, state, counts }: RunStage): string {
  if (process === "export") return troubled(counts);
  if (process !== "import") {
    const n = counts["identities"];
    if (n === undefined || (n === 0 && state !== "done")) return "";
    return counted(n, "identity", "identities");
  }
  return Object.entries(counts).map(([name, n]) => `${shownCount(n)} ${name}`).join(", ");
}

/** Items that are neither to be done nor done. */
function troubled(counts: RunStage["counts"]): string {
  return Object.entries(counts)
    .filter(([name, n]) => n > 0 && name !== "open" && name !== "done")
    .map(([name, n]) => `${shownCount(n)} ${name}`)
    .join(", ");
}

export function count(counts: Readonly<Record<string, unknown>>, name: string): number {
  const n = counts[name];
  return typeof n === "number" ? n : 0;
}
