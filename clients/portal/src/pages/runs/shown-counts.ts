import { countsOf } from "../applications/counts-of.js";

/** In the order in which a run comes to them. Whatever else it counts is for its own use. */
const order = [
  "read", "unchanged", "new", "changed", "gone", "skipped",
  "membersRead", "membersAdded", "membersRemoved",
  "identities", "planned", "itemsQueued", "itemsDone", "itemsRetried", "itemsFailed",
];

/** Counts that are worth a line: what was read, and whatever is not zero. */
export function shownCounts(
  counts: Readonly<Record<string, unknown>>,
): readonly (readonly [string, number])[] {
  return countsOf(counts)
    .filter(([name, n]) => order.includes(name) && (n > 0 || name === "read"))
    .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
}
