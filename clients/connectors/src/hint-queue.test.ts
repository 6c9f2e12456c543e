import { expect, test } from "vitest";
import { HintQueue } from "./hint-queue.js";

test("what is heard while nobody asks is one hint, each anchor once and not too many", async () => {
  const queue = new HintQueue();
  queue.add("a");
  queue.add("b");
  queue.add("a");
  expect(await queue.next()).toEqual({ anchors: ["a", "b"], isMore: false });
  queue.add(undefined);
  expect(await queue.next()).toEqual({ anchors: [], isMore: true });
  for (let at = 0; at < 1_000; at += 1) queue.add(`n${at}`);
  queue.add("n7");
  const full = await queue.next();
  expect([full.anchors.length, full.isMore]).toEqual([1_000, false]);
  for (let at = 0; at < 1_001; at += 1) queue.add(`n${at}`);
  const over = await queue.next();
  expect([over.anchors.length, over.isMore]).toEqual([1_000, true]);
});

test("whoever waits is woken by the next thing heard, and by the end", async () => {
  const queue = new HintQueue();
  const waiting = queue.next();
  queue.add("a");
  expect(await waiting).toEqual({ anchors: ["a"], isMore: false });
  const last = queue.next();
  queue.fail(new Error("over"));
  await expect(last).rejects.toThrow("over");
  await expect(queue.next()).rejects.toThrow("over");
});
