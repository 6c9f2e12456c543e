import type { PlannedItem } from "@joinery/engine";
import { expect, test } from "vitest";
import { withCorrections, withoutContradictions, type Corrections } from "./contradiction.js";

const day = Date.parse("2026-11-21T08:00:00Z");
const at = (hours: number) => new Date(day + hours * 3_600_000);

function set(enabled: boolean): PlannedItem {
  return {
    operation: "update", before: { $enabled: !enabled }, after: { $enabled: enabled },
    because: [], classes: enabled ? ["update"] : ["update", "disable"],
  };
}

/** What is remembered after these updates, an hour each. */
function after(...items: readonly PlannedItem[]): Corrections | null {
  return items.reduce<Corrections | null>(
    (known, item, hour) => withCorrections(known, item, at(hour)), null);
}

function isLeftOut(corrections: Corrections | null, hours: number): boolean {
  return withoutContradictions(set(false), corrections, [], at(hours)).contradicting.length > 0;
}

test("a third correction of the same in a row within a day is left out", () => {
  expect(isLeftOut(after(set(false)), 1)).toBe(false);
  expect(isLeftOut(after(set(false), set(false)), 2)).toBe(true);
});

test("one that was made more than a day ago does not count", () => {
  expect(isLeftOut(after(set(false), set(false)), 24.5)).toBe(false);
});

test("who leaves, returns and leaves again is disabled each time", () => {
  const days = [false, true, false, true, false, true, false, true].map(set);
  for (let n = 2; n <= days.length; n += 2) {
    expect(isLeftOut(after(...days.slice(0, n)), n)).toBe(false);
  }
});
