import type { SqlMeaning, SqlTask } from "./dialect.js";

/** What an error of the database means for what was asked of it. */
export function meaningFor(task: SqlTask, meaning: SqlMeaning): SqlMeaning {
  const { kind, code, reason } = meaning;
  // What one account may not do to one row says nothing of the others.
  if (task === "write" && code === "PERMISSION_DENIED") return { kind: "skip", code, reason };
  const isMisread = task !== "write" && kind === "skip";
  return isMisread ? { kind: "stop", code: "SOURCE_UNREADABLE", reason } : meaning;
}
