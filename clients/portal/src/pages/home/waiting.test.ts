import { expect, test } from "vitest";
import { application, run, well } from "../../testing/samples.js";
import { whatWaits } from "./waiting.js";

const at = "2026-11-21T08:00:00.000Z";
const planned = (key: string, count: number) => ({
  id: key, key, name: key, phase: "semi-automatic",
  plan: { count, since: count === 0 ? null : at },
});

test("held runs come before plans and failed ones, then what applications wait for", () => {
  const waiting = whatWaits([
    application({ key: "a", pauseCode: "SYSTEM_AWAY", pauseReason: "no answer" }),
    application({ key: "b", stopped: true }),
    application({ key: "c", runs: { nodes: [run({ state: "failed", code: "SOURCE_EMPTY" })] } }),
    application({ key: "d", runs: { nodes: [run({ state: "held", id: "r-1" })] } }),
    application({ key: "e", watched: true, watchCode: "LISTENING_FAILED" }),
    application({ key: "f", health: { ...well, quarantinedAt: "2026-11-21T08:00:00.000Z" } }),
  ], [planned("g", 3), planned("h", 0)]);
  expect(waiting.map(({ kind, application: { key } }) => `${kind} ${key}`)).toEqual([
    "held d", "plan g", "failed c", "quarantined f", "stopped b", "paused a", "unwatched e",
  ]);
  expect(waiting[0]?.runId).toBe("r-1");
  expect(waiting[1]).toMatchObject({ count: 3, since: at });
  expect(waiting[2]).toMatchObject({ code: "SOURCE_EMPTY" });
  expect(waiting[5]).toMatchObject({ code: "SYSTEM_AWAY", reason: "no answer", runId: null });
});

test("an application may wait for more than one thing, and a good one for nothing", () => {
  const both = application({ stopped: true, runs: { nodes: [run({ state: "held" })] } });
  expect(whatWaits([both], []).map(({ kind }) => kind)).toEqual(["held", "stopped"]);
  const good = application({ runs: { nodes: [run({ state: "finished" })] } });
  expect(whatWaits([good], [])).toEqual([]);
  expect(whatWaits([], [])).toEqual([]);
});

test("only the last run counts: a failure that a later run made good waits for nobody", () => {
  const runs = { nodes: [run({ state: "exporting" }), run({ state: "failed" })] };
  expect(whatWaits([application({ runs })], [])).toEqual([]);
});
