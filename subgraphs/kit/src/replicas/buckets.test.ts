import { expect, test } from "vitest";
import { differingBuckets } from "./buckets.js";

const bucket = (at: number, count: number, digest = "00000000000000aa") =>
  ({ bucket: at, count, digest });

test.each([
  ["nothing on both sides", [], [], []],
  ["the same in another order", [bucket(1, 2), bucket(9, 1)], [bucket(9, 1), bucket(1, 2)], []],
  ["one object more", [bucket(1, 3)], [bucket(1, 2)], [1]],
  ["another content", [bucket(1, 2, "00000000000000ab")], [bucket(1, 2)], [1]],
  ["somebody on one side only", [bucket(200, 1)], [bucket(3, 1)], [3, 200]],
])("buckets with %s", (_what, told, own, expected) => {
  expect(differingBuckets(told, own)).toEqual(expected);
});
