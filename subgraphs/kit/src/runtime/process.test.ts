import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import type { ProcessReport } from "./process.js";

/** A process of its own around `runProcess`, as built; `body` is the inside of `start`. */
function run(body: string) {
  const program = `
    import { JoineryError, runProcess } from "@joinery/kit";
    const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    await runProcess(async (stops) => { ${body} });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: resolve(import.meta.dirname, "../.."),
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const reported = once(child, "message").then(([report]) => report as ProcessReport);
  // "close" does not come after a disconnect from this side.
  const ended = Promise.all([
    once(child, "exit"),
    ...[child.stdout, child.stderr].map((stream) => (stream ? once(stream, "close") : undefined)),
  ]).then(([[code]]) => code as number | null);
  return { child, reported, ended, output: () => output };
}

const keepsRunning = `setInterval(() => undefined, 1000); return { port: 7 };`;
const says = (text: string) => `process.stdout.write("${text} ")`;

test("asked to stop, it finishes what is under way and puts away backwards", async () => {
  const { child, reported, ended, output } = run(`
    stops.add("first", async () => { ${says("first")} });
    stops.add("second", async () => { await delay(300); ${says("second")} });
    ${keepsRunning}`);
  expect(await reported).toEqual({ kind: "ready", port: 7 });
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(output()).toBe("second first ");
});

test("asked again, it ends at once; one Ctrl-C that is delivered twice is one", async () => {
  const { child, reported, ended, output } = run(`
    stops.add("slow", async () => { ${says("slow")}; await delay(10_000); ${says("done")} });
    ${keepsRunning}`);
  await reported;
  child.kill("SIGINT");
  child.kill("SIGINT");
  await delay(700);
  expect(child.exitCode).toBe(null);
  child.kill("SIGINT");
  expect(await ended).toBe(1);
  expect(output()).toBe("slow ");
});

test("when the process that started it is gone, it stops too", async () => {
  const { child, reported, ended, output } = run(`
    stops.add("part", async () => { ${says("stopped")} }); ${keepsRunning}`);
  await reported;
  child.disconnect();
  expect(await ended).toBe(0);
  expect(output()).toBe("stopped ");
});

test("a start that fails says why, and puts away what it had taken up", async () => {
  const { reported, ended, output } = run(`
    stops.add("part", async () => { ${says("put away")} });
    throw new JoineryError("CONFIG_INVALID", "ONE is required\\nTWO is no port");`);
  expect(await reported).toEqual({
    kind: "failed", code: "CONFIG_INVALID", message: "ONE is required\nTWO is no port",
  });
  expect(await ended).toBe(78);
  expect(output()).toBe("put away ");
});
