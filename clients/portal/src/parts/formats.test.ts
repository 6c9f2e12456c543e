import { expect, test } from "vitest";
import { formatsOf } from "./formats.js";

const now = Date.parse("2026-11-21T08:00:00Z");
const before = (ms: number) => new Date(now - ms).toISOString();

test.each([
  [0, "now", "jetzt"],
  [999, "now", "jetzt"],
  [1_000, "1 second ago", "vor 1 Sekunde"],
  [119_999, "1 minute ago", "vor 1 Minute"],
  [3_600_000, "1 hour ago", "vor 1 Stunde"],
  [86_400_000, "yesterday", "gestern"],
  [-7_200_000, "in 2 hours", "in 2 Stunden"],
])("what was %s ms ago is told in the largest unit that fits", (ms, english, german) => {
  expect(formatsOf("en").ago(before(ms), now)).toBe(english);
  expect(formatsOf("de").ago(before(ms), now)).toBe(german);
});

test.each([
  [0, "0 sec"],
  [430, "0.4 sec"],
  [9_949, "9.9 sec"],
  [9_951, "9 sec"],
  [59_999, "59 sec"],
  [60_000, "1 min 0 sec"],
  [3_599_999, "59 min 59 sec"],
  [7_500_000, "2 hr 5 min"],
  [-5, "0 sec"],
])("a span of %s ms has at most two units", (ms, shown) => {
  expect(formatsOf("en").span(ms)).toBe(shown);
});

test("numbers are grouped as the language does it", () => {
  expect([formatsOf("en").number(1_234_567), formatsOf("de").number(1_234_567)])
    .toEqual(["1,234,567", "1.234.567"]);
});
