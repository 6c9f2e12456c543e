import { describe, expect, it } from "vitest";
import {
  admitAttempt, delayMaxMs, forgetAfterMs, freeFailures, type Attempts,
} from "./throttle.js";

const start = Date.parse("2026-11-21T08:00:00Z");
const at = (ms: number) => new Date(start + ms);

/** Guesses as fast as it is let, for `durationMs`; answers how many were let through. */
function guesses(durationMs: number): number {
  let state: Attempts | null = null;
  let admitted = 0;
  for (let ms = 0; ms < durationMs; ) {
    const admission = admitAttempt(state, at(ms));
    if (admission.admitted) {
      admitted += 1;
      state = admission.next;
    } else {
      ms += admission.retryAfterSeconds * 1000;
    }
  }
  return admitted;
}

describe("admitAttempt", () => {
  it("lets five through without waiting and then doubles the wait from a second", () => {
    let state: Attempts | null = null;
    for (let i = 0; i < freeFailures; i += 1) {
      const admission = admitAttempt(state, at(0));
      expect(admission.admitted).toBe(true);
      if (admission.admitted) state = admission.next;
    }
    const waits: number[] = [];
    let ms = 0;
    while (waits.length < 12) {
      const admission = admitAttempt(state, at(ms));
      if (admission.admitted) {
        state = admission.next;
        continue;
      }
      waits.push(admission.retryAfterSeconds);
      ms += admission.retryAfterSeconds * 1000;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  });

  it("lets about a hundred guesses through in a day, however fast they come", () => {
    expect(guesses(24 * 3_600_000)).toBeLessThanOrEqual(115);
    expect(guesses(24 * 3_600_000)).toBeGreaterThan(90);
  });

  it("never says no for longer than a quarter of an hour, so nobody is locked out for ever", () => {
    const state = { failures: 1e9, blockedUntil: at(delayMaxMs), lastAt: at(0) };
    expect(admitAttempt(state, at(0))).toEqual({ admitted: false, retryAfterSeconds: 900 });
    expect(admitAttempt(state, at(delayMaxMs)).admitted).toBe(true);
  });

  it("forgets after a day", () => {
    const state = { failures: 50, blockedUntil: at(delayMaxMs), lastAt: at(0) };
    const admission = admitAttempt(state, at(forgetAfterMs));
    expect(admission).toMatchObject({ admitted: true, next: { failures: 1 } });
  });

  it("says no longer than the longest wait when the clock jumped back", () => {
    const state = { failures: 20, blockedUntil: at(7 * 86_400_000), lastAt: at(6 * 86_400_000) };
    expect(admitAttempt(state, at(0))).toEqual({ admitted: false, retryAfterSeconds: 900 });
  });
});
