import { expect, test } from "vitest";
import { breachesOf } from "./breaches.js";
import { changesOf, errorsOf, tookMs, writtenOf } from "./run-numbers.js";
import { runPolling, toneOfRun } from "./run-state.js";
import { shownCounts } from "./shown-counts.js";
import { run } from "../../testing/samples.js";

test("counts come in the order of the run; zeros and its own bookkeeping are left out", () => {
  const counts = { itemsDone: 3, gone: 0, new: 3, read: 0, identityBatches: 4, unchanged: "x" };
  expect(shownCounts(counts)).toEqual([["read", 0], ["new", 3], ["itemsDone", 3]]);
});

test("a run is looked at while it works, seldom while it waits, and not once it has ended", () => {
  const states = ["queued", "importing", "exporting", "held", "finished", "failed", "discarded"];
  expect(states.map(runPolling)).toEqual([1_000, 1_000, 1_000, 5_000, false, false, false]);
  expect(states.map(toneOfRun)).toEqual([
    "idle", "busy", "busy", "waiting", "good", "bad", "idle",
  ]);
});

test("what a run came to is added up from what it counts", () => {
  const error = { code: "X", samples: [] };
  const one = run({
    counts: { new: 1, changed: 2, gone: 4, itemsDone: 7 },
    errors: [{ ...error, count: 3 }, { ...error, count: 4 }],
    createdAt: "2026-11-21T08:00:00Z", startedAt: null, finishedAt: "2026-11-21T08:00:02Z",
  });
  expect([changesOf(one), writtenOf(one), errorsOf(one), tookMs(one)]).toEqual([7, 7, 7, 2_000]);
  expect(tookMs(run({ finishedAt: null }))).toBe(null);
});

test("only what holds a run now is told of it", () => {
  const breach = { applicationId: "a", class: "delete", n: 9, limit: 1, population: 10, rule: "x" };
  const wave = { id: "w", applicationId: "a", batches: 1, counts: {}, items: {}, signOff: false };
  const waves = [
    { ...wave, process: "import", state: "released", breaches: [breach] },
    { ...wave, process: "outbound", state: "held", breaches: [{ ...breach, n: 3 }] },
  ];
  expect(breachesOf({ ...run(), application: null, waves }))
    .toEqual([{ ...breach, n: 3, process: "outbound" }]);
});
