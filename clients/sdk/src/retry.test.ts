import { expect, test } from "vitest";
import { JoineryApiError } from "./error.js";
import { defaultRetry, mayPass, waitBefore } from "./retry.js";

const away = new JoineryApiError("SERVICE_UNREACHABLE", "away");

test("waits double up to the longest, spread over their upper half", () => {
  const policy = { attempts: 10, firstWaitMs: 100, longestWaitMs: 500 };
  const waits = (chance: number) => [2, 3, 4, 5, 9].map((n) => waitBefore(n, away, policy, chance));
  expect(waits(1)).toEqual([100, 200, 400, 500, 500]);
  expect(waits(0)).toEqual([50, 100, 200, 250, 250]);
});

test("attempts end", () => {
  expect(waitBefore(4, away, defaultRetry, 0)).not.toBeNull();
  expect(waitBefore(5, away, defaultRetry, 0)).toBeNull();
});

test.each([
  [{ retryAfterSeconds: 3 }, 3_000],
  [{ retryAfterSeconds: 6 }, null],
  [{ retryAfterSeconds: 0 }, 200],
])("a server that asks for patience %j gets it or is left alone", (fields, wait) => {
  const error = new JoineryApiError("X", "x", { status: 429, fields });
  expect(waitBefore(2, error, defaultRetry, 1)).toBe(wait);
});

test.each([
  [away, true],
  [new JoineryApiError("NETWORK_FAILED", "x"), true],
  [new JoineryApiError("REQUEST_TIMED_OUT", "x"), true],
  [new JoineryApiError("ANSWER_UNREADABLE", "x", { status: 503 }), true],
  [new JoineryApiError("ANSWER_UNREADABLE", "x", { status: 404 }), false],
  [new JoineryApiError("INTERNAL", "x", { status: 200 }), false],
  [new JoineryApiError("SESSION_INVALID", "x", { status: 401 }), false],
  [new Error("x"), false],
])("what passes by itself is known: %s", (error, passes) => {
  expect(mayPass(error)).toBe(passes);
});
