import { describe, expect, test } from "vitest";
import { makeStyle } from "../output/style.js";
import { keyOf, runWith, waveWith } from "../testing/runs.js";
import { reportLines } from "./simulation.js";

const sample = {
  id: "1", applicationId: "app-crm", accountId: "a", identityId: null, kind: "user",
  operation: "create", before: {}, after: { mail: "ann@acme.test" }, because: ["all"],
  classes: ["create"], state: "simulated", hash: "00", pattern: "01", approvedBy: [], attempts: 0,
  code: null, reason: null, createdAt: "2026-11-21T08:00:00Z", finishedAt: null,
};
const report = (more: object = {}) => ({
  ...runWith({
    reads: "simulation", state: "finished", counts: { simulatedItems: 1_200 },
    waves: [
      waveWith({ process: "inbound", counts: { joined: 1_200, unmatched: 3 } }),
      waveWith({ process: "export", applicationId: "app-crm", breaches: [{
        applicationId: "app-crm", class: "delete", n: 9, limit: 5, population: 100, rule: "share",
      }] }),
    ],
  }),
  patterns: [{
    digest: "01", applicationId: "app-crm", operation: "create", kind: "user", because: [],
    items: 1_200, changes: [], sample,
  }],
  difference: { runId: "r0", appeared: 7, gone: 2, stayed: 1_193 },
  ...more,
});

describe("the report of a simulation", () => {
  const lines = (more?: object) => reportLines(report(more), keyOf, makeStyle(false)).join("\n");

  test("says how much would be made where, what would be held, and what changed since", () => {
    expect(lines()).toBe([
      "1,200 changes would be made; nothing was",
      "accounts of the sandbox: 1,200 joined, 3 unmatched",
      "since the last simulation: 7 new, 2 gone, 1,193 as before",
      "crm would be held: 9 × delete, at most 5 of 100",
      "",
      "crm",
      "  create user: 1,200 people",
    ].join("\n"));
  });

  test("of the first simulation compares with nothing", () => {
    expect(lines({ difference: null })).not.toContain("since");
  });

  test("of one that failed says why", () => {
    expect(lines({ state: "failed", code: "SIMULATION_LOST", reason: "again" }))
      .toContain("SIMULATION_LOST, again");
  });
});
