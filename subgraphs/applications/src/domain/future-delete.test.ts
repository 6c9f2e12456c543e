import { expect, test } from "vitest";
import { futureDelete } from "./future-delete.js";

const now = new Date("2028-01-31T08:00:00Z");
const past = new Date("2028-01-31T07:59:59.999Z");
const later = new Date("2028-01-31T08:00:00.001Z");
const in30Days = new Date("2028-03-01T08:00:00Z");
const nothing = { isDue: false, nextAt: null };

test.each([
  ["not wanted", undefined, true, null, false, nothing],
  ["somebody came back", undefined, true, later, false, { ...nothing, keep: null }],
  ["somebody came back after it was cancelled", undefined, true, past, true,
    { ...nothing, keep: null }],
  ["gone already", 30, false, past, false, { ...nothing, keep: null }],
  ["never there", 30, false, null, false, nothing],
  ["left just now, over a leap day", 30, true, null, false,
    { isDue: false, nextAt: in30Days, keep: in30Days }],
  ["cancelled", 30, true, past, true, nothing],
  ["a moment early", 30, true, later, false, { isDue: false, nextAt: later }],
  ["to the moment", 30, true, now, false, { isDue: true, nextAt: null }],
  ["late", 30, true, past, false, { isDue: true, nextAt: null }],
] as const)("%s", (_title, days, isPresent, deleteAt, isDeleteCancelled, expected) => {
  expect(futureDelete(days, isPresent, { deleteAt, isDeleteCancelled }, now)).toEqual(expected);
});
