import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { readAll } from "../testing/read-all.js";
import { create, CsvFolder } from "./fixtures.js";

/** Lets Node run our sources as they are: imports end in .js, files in .ts. */
const hooks = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  registerHooks({ resolve: (specifier, context, next) => next(
    specifier.startsWith(".") && !context.parentURL.includes("/node_modules/")
      ? specifier.replace(/\\.js$/, ".ts") : specifier, context) });
`)}`;

/**
 * Runs the writer until it has answered `batches` times and some milliseconds more, then kills it.
 */
async function killedWriter(folder: CsvFolder, prefix: string, afterMs: number): Promise<string[]> {
  const script = join(import.meta.dirname, "crash-writer.fixture.ts");
  const child = spawn(process.execPath, ["--import", hooks, script, folder.path, prefix], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let answered = "";
  let complaint = "";
  child.stderr.on("data", (data: Buffer) => { complaint += data.toString(); });
  const begun = new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (data: Buffer) => {
      answered += data.toString();
      resolve();
    });
    child.once("exit", () => { reject(new Error(`the writer ended by itself: ${complaint}`)); });
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  await begun;
  await sleep(afterMs);
  child.kill("SIGKILL");
  await ended;
  // A line cut by the kill was not answered.
  return answered.split("\n").slice(0, -1);
}

test("a writer killed at any moment leaves a whole file with every answered row once", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", "id,given\n");
  const answered: string[] = [];
  let interrupted = 0;
  const kills = 12;
  for (let kill = 0; kill < kills; kill += 1) {
    answered.push(...await killedWriter(folder, `k${kill}`, kill * 3.5));
    const left = (await readdir(folder.path)).filter((name) => name !== "people.csv");
    if (left.length > 0) interrupted += 1;
    const { objects, skips, error } = await readAll(await folder.connect({}));
    expect({ skips, error }).toEqual({ skips: [], error: undefined });
    const anchors = objects.map((each) => each.anchor);
    expect(new Set(anchors).size).toBe(anchors.length);
    expect(answered.filter((id) => !anchors.includes(id))).toEqual([]);
    // A batch is whole or absent.
    expect(anchors.length % 50).toBe(0);
    expect(objects.every((each) => each.attributes["given"] === "x".repeat(400))).toBe(true);
  }
  // Otherwise the kills hit nothing and the test proves nothing.
  expect(interrupted).toBeGreaterThan(0);
  const connector = await folder.connect({});
  await connector.writes?.write([create({ id: "after" })], new AbortController().signal);
  expect(await readdir(folder.path)).toEqual(["people.csv"]);
}, 120_000);
