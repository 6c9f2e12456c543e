import { expect, test } from "vitest";
import { hasNextName, namesMax, nextNumber } from "./next-name.js";

const names = { base: "b", number: 1 };
const create = { operation: "create", attempts: 0, names };
const taken = { kind: "skip", code: "VALUE_TAKEN" };

test.each([
  ["a create whose name is taken", create, taken, true],
  ["a create whose place is taken", create, { kind: "skip", code: "OBJECT_EXISTS" }, true],
  ["a rename, however often it was tried", { ...create, operation: "update", attempts: 3 }, taken,
    true],
  ["a create that may have been made", { ...create, attempts: 1 }, taken, false],
  ["what has one name only", { ...create, names: null }, taken, false],
  ["a value that is wrong", create, { kind: "skip", code: "VALUE_INVALID" }, false],
  ["what is tried again by itself", create, { kind: "retry", code: "VALUE_TAKEN" }, false],
  ["the last name", { ...create, names: { base: "b", number: namesMax } }, taken, false],
])("%s", (_what, item, refusal, has) => {
  expect(hasNextName(item, refusal)).toBe(has);
});

test("the number goes on from what was refused with the same base, and else begins at 1", () => {
  const refused = [{ base: "b", number: 2 }, { base: "other", number: 9 }];
  expect(["b", "other", "new"].map((base) => nextNumber(refused, base))).toEqual([3, 10, 1]);
});
