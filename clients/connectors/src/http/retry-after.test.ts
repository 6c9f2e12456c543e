import { expect, test } from "vitest";
import { retryAfterMs } from "./retry-after.js";

const now = Date.parse("2026-03-01T12:00:00Z");

test.each([
  [undefined, undefined], ["", undefined], ["soon", undefined], ["-1", undefined],
  ["0", 0], ["120", 120_000], [" 2 ", 2_000], ["0.5", 500], ["9999999999999", 86_400_000],
  ["Sun, 01 Mar 2026 12:02:00 GMT", 120_000], ["Sun, 01 Mar 2026 11:00:00 GMT", 0],
  ["Sunday, 01-Mar-26 12:00:05 GMT", 5_000], ["Sun Mar  1 12:00:05 2026 GMT", 5_000],
  ["Fri, 01 Jan 2100 00:00:00 GMT", 86_400_000],
])("%j is %j", (header, expected) => {
  expect(retryAfterMs(header, now)).toBe(expected);
});
