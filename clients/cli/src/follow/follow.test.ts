import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { makeStyle, plainStyle } from "../output/style.js";
import { keyOf, runWith, waveWith } from "../testing/runs.js";
import { barLine } from "./bars.js";
import { exitCodeOf } from "./follow.js";
import { PlainLines, stageLine } from "./plain-lines.js";
import { stagesOf } from "./stages.js";

const lines = (run: Parameters<typeof runWith>[0]) => stagesOf(runWith(run), keyOf).map(stageLine);

describe("stages of a run", () => {
  test("that is queued all wait", () => {
    expect(lines({})).toEqual([
      "import: waiting",
      "inbound: waiting",
      "outbound: waiting",
      "export: waiting",
    ]);
  });

  test("that reads: how much is known, not how much there is", () => {
    const [stage] = stagesOf(
      runWith({ state: "importing", counts: { read: 1_200 }, waves: [waveWith({})] }),
      keyOf,
    );
    expect(stage).toEqual({
      name: "import",
      state: "working",
      done: 0,
      total: null,
      note: "1,200 read",
    });
  });

  test("that applies: the changes are counted against those that were applied", () => {
    const counts = { read: 5_000, new: 90, changed: 8, gone: 2, applied: 40 };
    const waves = [waveWith({ state: "released" })];
    expect(lines({ state: "importing", counts, waves })[0]).toBe(
      "import: 40 of 100, 5,000 read, 90 new, 8 changed, 2 gone",
    );
  });

  test("that was read and changed nothing is not left half done", () => {
    const counts = { read: 5, new: 0, changed: 0, gone: 0 };
    expect(lines({ state: "finished", counts, waves: [waveWith({ state: "finished" })] })).toEqual([
      "import: done, 5 read, 0 new, 0 changed, 0 gone",
      "inbound: done",
      "outbound: done",
      "export: done",
    ]);
  });

  test("that exports: every application by its name, with what is in trouble", () => {
    const waves = [
      waveWith({ process: "import", state: "finished" }),
      waveWith({ process: "inbound", state: "finished" }),
      waveWith({ process: "outbound", state: "finished", counts: { identities: 1 } }),
      waveWith({
        process: "export",
        applicationId: "app-crm",
        state: "released",
        items: { open: 5, waiting: 2, done: 10, failed: 1 },
      }),
      waveWith({ process: "export", applicationId: "app-ldap", state: "held", items: { open: 3 } }),
    ];
    expect(lines({ state: "exporting", counts: { identities: 2 }, waves })).toEqual([
      "import: done, 0 read",
      "inbound: done, 2 identities",
      "outbound: done, 1 identity",
      "export crm: 11 of 18, 2 waiting, 1 failed",
      "export ldap: held, 0 of 3",
    ]);
  });

  test("that failed or was given up: nothing more waits", () => {
    for (const state of ["failed", "discarded"]) {
      expect(lines({ state, waves: [waveWith({ state })] })).toEqual([`import: ${state}, 0 read`]);
    }
  });
});

describe("plain lines", () => {
  const working = { name: "import", state: "working", total: null, done: 0 } as const;

  test("tell a stage at work every two seconds at most, and only when it moved", () => {
    const plain = new PlainLines(2_000);
    const at = (now: number, note: string) => plain.linesFor([{ ...working, note }], now);
    expect(at(0, "1 read")).toEqual(["import: 1 read"]);
    expect(at(1_999, "2 read")).toEqual([]);
    expect(at(2_000, "3 read")).toEqual(["import: 3 read"]);
    expect(at(9_000, "3 read")).toEqual([]);
  });

  test("tell a new state at once, and nothing of what waits", () => {
    const plain = new PlainLines(2_000);
    const stage = { ...working, note: "" };
    expect(plain.linesFor([{ ...stage, state: "waiting" }], 0)).toEqual([]);
    expect(plain.linesFor([stage], 1)).toEqual(["import: working"]);
    expect(plain.linesFor([{ ...stage, state: "done" }], 2)).toEqual(["import: done"]);
  });
});

describe("a bar", () => {
  const stage = {
    name: "export crm",
    state: "working",
    done: 3,
    total: 6,
    note: "1 failed",
  } as const;

  test("is as full as the work is done", () => {
    expect(barLine(stage, plainStyle, 100)).toBe(
      "export crm         ████████████░░░░░░░░░░░░ working   3/6  1 failed",
    );
    expect(barLine({ ...stage, total: null }, plainStyle, 100)).toContain("░".repeat(24));
    expect(barLine({ ...stage, state: "done", total: 0 }, plainStyle, 100)).toContain(
      "█".repeat(24),
    );
    expect(barLine({ ...stage, done: 9 }, plainStyle, 100)).toContain("█".repeat(24));
  });

  test.each([60, 80, 120])("fits a terminal of %i columns, with colours too", (columns) => {
    const long = { ...stage, name: "export 名前名前名前名前名前名前", note: "n".repeat(200) };
    for (const style of [plainStyle, makeStyle(true)]) {
      expect(stringWidth(barLine(long, style, columns))).toBeLessThanOrEqual(columns);
    }
  });
});

test.each([
  ["finished", 0],
  ["failed", 4],
  ["discarded", 4],
  ["held", 5],
])("following a run that came to %s ends with %i", (state, code) =>
  expect(exitCodeOf(state)).toBe(code),
);
