import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { itemWith } from "../testing/plans.js";
import { itemText } from "./item-text.js";
import { writeItems } from "./write-items.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "joinery-plan-"));
});
afterAll(() => rm(folder, { recursive: true }));

const text = itemText("jsonl", (id) => id, false);
const { signal } = new AbortController();
const options = { signal, onProgress: () => undefined };

async function* items(count: number, failAt = Infinity) {
  for (let at = 0; at < count; at += 1) {
    if (at === failAt) throw new Error("the server is gone");
    yield Promise.resolve(itemWith({ id: String(at) }));
  }
}

test("a file is whole, and readable by its owner only", async () => {
  const file = join(folder, "plan.jsonl");
  const told: number[] = [];
  const onProgress = (n: number) => told.push(n);
  expect(await writeItems(items(25_000), text, { ...options, to: file, onProgress })).toBe(25_000);
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { id: string }).id))
    .toEqual(Array.from({ length: 25_000 }, (_, at) => String(at)));
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(told).toEqual([10_000, 20_000]);
});

test("a plan that breaks off leaves the file that was there, and no part of another", async () => {
  const file = join(folder, "kept.jsonl");
  await writeFile(file, "before");
  await expect(writeItems(items(5_000, 4_000), text, { ...options, to: file }))
    .rejects.toThrow("the server is gone");
  expect(await readFile(file, "utf8")).toBe("before");
  expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("a file that cannot be written is named", async () => {
  const to = join(folder, "nowhere", "plan.csv");
  await expect(writeItems(items(1), text, { ...options, to }))
    .rejects.toMatchObject({ code: "FILE_UNWRITABLE" });
});

test("nothing more is asked for while the last is not taken, and stdout stays open", async () => {
  let asked = 0;
  async function* counted() {
    for await (const item of items(10_000)) {
      asked += 1;
      yield item;
    }
  }
  const taken: (() => void)[] = [];
  const slow = new Writable({
    highWaterMark: 1,
    decodeStrings: false,
    write: (_chunk, _encoding, done) => void taken.push(done),
  });
  const written = writeItems(counted(), text, { ...options, to: slow });
  await expect.poll(() => taken.length).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  // A chunk that was not taken, one in each stream between, and no more.
  expect(asked).toBeLessThan(1_000);
  const timer = setInterval(() => taken.shift()?.(), 0);
  expect(await written).toBe(10_000);
  clearInterval(timer);
  expect(slow.writable).toBe(true);
});
