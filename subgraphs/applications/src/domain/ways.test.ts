import { expect, test } from "vitest";
import { waysOf } from "./ways.js";

const both = { imports: true, provisions: true };
const read = { imports: true, provisions: false };
const none = { imports: false, provisions: false };

test.each([
  ["what is not said stays", read, {}, read],
  ["whoever chooses provisioning chooses import", none, { provisions: true }, both],
  ["also where both are chosen", none, both, both],
  ["whoever gives up writing goes on reading", both, { provisions: false }, read],
  ["reading ends together with writing", both, none, none],
  ["reading alone may be chosen", none, { imports: true }, read],
])("%s", (_promise, before, wish, after) => {
  expect(waysOf(before, wish)).toEqual({ ...after, problems: [] });
});

test.each([
  [both, { imports: false }], [none, { imports: false, provisions: true }],
])("%j cannot be %j: what is not read is not written to", (before, wish) => {
  expect(waysOf(before, wish).problems).toMatchObject([{ setting: "imports" }]);
});
