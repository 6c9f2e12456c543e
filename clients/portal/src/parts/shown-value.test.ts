import { expect, test } from "vitest";
import { changedNames, shownValue } from "./shown-value.js";

test.each([
  [null, null],
  [undefined, null],
  ["", ""],
  [0, "0"],
  [false, "false"],
  [[], null],
  [["a", null, 2], "a, –, 2"],
  [{ ref: "e-1" }, "→ e-1"],
  [{ a: [1] }, '{"a":[1]}'],
])("%j is shown in one line", (value, shown) => {
  expect(shownValue(value)).toBe(shown);
});

test("names that differ are told in order, whichever side they stand on", () => {
  expect(changedNames({ b: 1, a: [1], c: 2 }, { a: [1], b: 2, d: 0 })).toEqual(["b", "c", "d"]);
  expect(changedNames(null, { a: 1 })).toEqual(["a"]);
  expect(changedNames({ a: 1 }, null)).toEqual(["a"]);
  expect(changedNames(null, null)).toEqual([]);
  expect(changedNames({ a: null }, { b: null })).toEqual([]);
});
