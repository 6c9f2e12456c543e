import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { commandOf, isAlive, markOf, stopProcess, waitForExit } from "./processes.js";

describe("the mark of a process", () => {
  it("tells the process from a later one with the same id", () => {
    const mark = markOf(process.pid);
    expect(mark && isAlive(mark)).toBe(true);
    expect(isAlive({ pid: process.pid, startedAt: "another time" })).toBe(false);
  });

  it("ends with the process", async () => {
    const child = spawn("sleep", ["60"]);
    const mark = markOf(child.pid ?? 0);
    if (!mark) throw new Error("no mark");
    expect(commandOf(mark.pid)).toBe("sleep 60");
    expect(await waitForExit(mark, 50)).toBe(false);
    child.kill("SIGKILL");
    expect(await waitForExit(mark, 5_000)).toBe(true);
    expect(markOf(mark.pid)).toBeUndefined();
    expect(commandOf(mark.pid) ?? "").toBe("");
  });

  it("is not given to a zombie, which only waits for its parent", async () => {
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"]);
    const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
    const giveUpAt = performance.now() + 5_000;
    while (markOf(Number(line)) && performance.now() < giveUpAt) await delay(10);
    expect(markOf(Number(line))).toBeUndefined();
    parent.kill("SIGKILL");
  });

  it("is not given to an id that nobody has", () => {
    expect(markOf(2 ** 22 + 1)).toBeUndefined();
  });
});

describe("stopping a process", () => {
  it("goes on to the ruder signal when the polite one is ignored", async () => {
    const child = spawn("sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"]);
    await once(child.stdout, "data");
    const mark = markOf(child.pid ?? 0);
    if (!mark) throw new Error("no mark");
    const gone = once(child, "exit");
    const stopped = await stopProcess(mark, [
      { signal: "SIGTERM", waitMs: 200 },
      { signal: "SIGKILL", waitMs: 5_000 },
    ]);
    expect(stopped).toBe(true);
    expect(await gone).toEqual([null, "SIGKILL"]);
  });

  it("never signals a stranger who took over the id", async () => {
    const stranger = spawn("sleep", ["60"]);
    const mark = { pid: stranger.pid ?? 0, startedAt: "long ago" };
    expect(await stopProcess(mark, [{ signal: "SIGKILL", waitMs: 100 }])).toBe(true);
    expect(stranger.signalCode).toBeNull();
    expect(markOf(mark.pid)).toBeDefined();
    stranger.kill("SIGKILL");
  });
});
