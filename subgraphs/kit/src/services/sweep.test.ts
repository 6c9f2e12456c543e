import { chmodSync, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { markOf, waitForExit } from "./processes.js";
import { startChild } from "./testing/child.js";
import { isRoot } from "./testing/settings.js";
import { temporaryFolder } from "./testing/temporary-folder.js";

function stack(folder: string, afterwards: string) {
  const systemFolder = join(temporaryFolder(), "system");
  chmodSync(dirname(systemFolder), 0o711);
  return startChild(`
    const { sweepAfterDeath } = await import(services + "sweep.ts");
    const { startPostgres } = await import(services + "postgres.ts");
    const { startNats } = await import(services + "nats.ts");
    const { realpath } = await import("node:fs/promises");
    const dataFolder = ${JSON.stringify(folder)};
    const sweep = sweepAfterDeath(dataFolder);
    const settings = { fsync: "off", shared_buffers: "16MB" };
    const { servicesConfig } = await import(services + "config.ts");
    const config = { ...servicesConfig(), systemFolder: ${JSON.stringify(systemFolder)} };
    const postgres = await startPostgres({ dataFolder, log: quiet, settings, config });
    const nats = await startNats({ dataFolder, log: quiet });
    print({ postgres: postgres.pid, nats: nats.pid });
    ${afterwards}`);
}

async function goneWithin(path: string, timeoutMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + timeoutMs;
  while (existsSync(path) && performance.now() < giveUpAt) await delay(20);
  return !existsSync(path);
}

/** Where the stack is, its ancestors open to everybody or to root alone. */
function stackFolder(mode: 0o711 | 0o700): string {
  const parent = temporaryFolder();
  chmodSync(parent, mode);
  return join(parent, "stack");
}

describe("a throw-away stack", { timeout: 90_000 }, () => {
  it("is ended and removed when its process is killed", async () => {
    const folder = stackFolder(0o711);
    const child = stack(folder, "setInterval(() => {}, 1000);");
    const pids = await child.next();
    const marks = [pids["postgres"], pids["nats"]].map((pid) => markOf(Number(pid)));
    expect(marks.every((mark) => mark !== undefined)).toBe(true);
    await child.kill();
    expect(await goneWithin(folder, 10_000)).toBe(true);
    for (const mark of marks) expect(mark && (await waitForExit(mark, 1_000))).toBe(true);
  });

  it("is left alone when cancelled, and does not keep its process running", async () => {
    const folder = stackFolder(0o711);
    const end = "await postgres.stop(); await nats.stop(); sweep.cancel();";
    const child = stack(folder, end);
    await child.next();
    await expect(child.next()).rejects.toThrow(/ended/);
    expect(await goneWithin(folder, 1_000)).toBe(false);
  });

  it.runIf(isRoot).each([
    ["killed", "setInterval(() => {}, 1000);"],
    ["ended", "await postgres.stop(); await nats.stop(); await sweep.remove();"],
  ])("is removed from where root had to keep its cluster too, when %s", async (_how, end) => {
    const folder = stackFolder(0o700);
    const child = stack(folder, `print({ at: await realpath(dataFolder + "/postgres") }); ${end}`);
    await child.next();
    const { at } = await child.next();
    expect(String(at).startsWith(folder)).toBe(false);
    await child.kill();
    expect(await goneWithin(String(at), 10_000)).toBe(true);
    expect(existsSync(folder)).toBe(false);
  });
});
