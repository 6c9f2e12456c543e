import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { markOf, waitForExit } from "./processes.js";
import { startChild } from "./testing/child.js";
import { temporaryFolder } from "./testing/temporary-folder.js";

function stack(folder: string, afterwards: string) {
  return startChild(`
    const { sweepAfterDeath } = await import(services + "sweep.ts");
    const { startPostgres } = await import(services + "postgres.ts");
    const { startNats } = await import(services + "nats.ts");
    const dataFolder = ${JSON.stringify(folder)};
    const sweep = sweepAfterDeath(dataFolder);
    const settings = { fsync: "off", shared_buffers: "16MB" };
    const postgres = await startPostgres({ dataFolder, log: quiet, settings });
    const nats = await startNats({ dataFolder, log: quiet });
    print({ postgres: postgres.pid, nats: nats.pid });
    ${afterwards}`);
}

async function goneWithin(path: string, timeoutMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + timeoutMs;
  while (existsSync(path) && performance.now() < giveUpAt) await delay(20);
  return !existsSync(path);
}

describe("a throw-away stack", () => {
  it("is ended and removed when its process is killed", async () => {
    const folder = join(temporaryFolder(), "stack");
    const child = stack(folder, "setInterval(() => {}, 1000);");
    const pids = await child.next();
    const marks = [pids["postgres"], pids["nats"]].map((pid) => markOf(Number(pid)));
    expect(marks.every((mark) => mark !== undefined)).toBe(true);
    await child.kill();
    expect(await goneWithin(folder, 10_000)).toBe(true);
    for (const mark of marks) expect(mark && (await waitForExit(mark, 1_000))).toBe(true);
  });

  it("is left alone when it was ended in order, and does not keep its process running", async () => {
    const folder = join(temporaryFolder(), "stack");
    const end = "await postgres.stop(); await nats.stop(); sweep.cancel();";
    const child = stack(folder, end);
    await child.next();
    await expect(child.next()).rejects.toThrow(/ended/);
    expect(await goneWithin(folder, 1_000)).toBe(false);
  });
});
