import type { RunSummaryFragment } from "@joinery/sdk";

/** Accounts that a run found to be new, changed or gone. */
export function changesOf({ counts }: RunSummaryFragment): number {
  return ["new", "changed", "gone"].reduce((sum, name) => sum + numberAt(counts, name), 0);
}

/** Planned changes that a system took. */
export function writtenOf({ counts }: RunSummaryFragment): number {
  return numberAt(counts, "itemsDone");
}

/** Objects with which something went wrong. */
export function errorsOf({ errors }: RunSummaryFragment): number {
  return errors.reduce((sum, { count }) => sum + count, 0);
}

/** From its beginning to its end; null while it has none. */
export function tookMs({ startedAt, createdAt, finishedAt }: RunSummaryFragment): number | null {
  return finishedAt === null ? null : Date.parse(finishedAt) - Date.parse(startedAt ?? createdAt);
}

function numberAt(counts: Readonly<Record<string, unknown>>, name: string): number {
  const n = counts[name];
  return typeof n === "number" ? n : 0;
}
