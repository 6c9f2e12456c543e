import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { afterFailure, afterProbe, afterProbeFailed, healthy, type Health } from "./health.js";

const start = new Date("2026-11-21T08:00:00Z");
const at = (minutes: number) => new Date(start.getTime() + minutes * 60_000);
const refused = { code: "CREDENTIALS_REJECTED", reason: "wrong password" };
const failing = (minutes: readonly number[], after = 5): Health => minutes.reduce(
  (health, minute) => afterFailure(health, refused, after, at(minute), 1), healthy);

describe("quarantine", () => {
  test.each<[string, number[], number, boolean]>([
    ["not before the last of five", [0, 1, 3, 20], 5, false],
    ["with the fifth", [0, 1, 3, 7, 15], 5, true],
    ["not within ten minutes, however many", [0, 1, 2, 3, 4, 5, 6, 9.9], 5, false],
    ["at ten minutes", [0, 1, 2, 3, 4, 10], 5, true],
    ["with the first one that lasts, where one is enough", [0, 10], 1, true],
  ])("%s", (_title, minutes, after, expected) => {
    expect(failing(minutes, after).quarantinedAt !== null).toBe(expected);
  });

  test("begins once and remembers since when it fails, and why", () => {
    const health = failing([0, 1, 3, 7, 15, 16]);
    expect(health).toMatchObject({
      failures: 6, failingSince: at(0), quarantinedAt: at(15), ...refused,
    });
  });

  test("is asked later and later, and an hour apart at most", () => {
    let health = failing([0, 1, 3, 7, 15]);
    const waits: number[] = [];
    for (let n = 0; n < 10; n += 1) {
      const now = health.probeAt ?? start;
      health = afterProbeFailed(health, refused, now, 1);
      waits.push(((health.probeAt?.getTime() ?? 0) - now.getTime()) / 60_000);
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
  });

  test("begins again with the first failure after a probe that was answered", () => {
    const probed = afterProbe(failing([0, 1, 3, 7, 15]));
    expect(probed).toMatchObject({ quarantinedAt: null, probeAt: null, retryAt: null });
    const again = afterFailure(probed, refused, 5, at(16), 1);
    expect(again).toMatchObject({
      quarantinedAt: at(16), failingSince: at(0), probeAt: at(18),
    });
  });

  test("asks never sooner than the system says", () => {
    fc.assert(fc.property(
      fc.integer({ min: 0, max: 86_400_000 }), fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 30 }), (retryAfterMs, chance, n) => {
        let health = healthy;
        for (let times = 0; times < n; times += 1) {
          const now = at(times * 10);
          health = afterFailure(health, { ...refused, retryAfterMs }, 5, now, chance);
          expect((health.retryAt?.getTime() ?? 0) - now.getTime())
            .toBeGreaterThanOrEqual(retryAfterMs);
        }
      }));
  });
});
