/** What is kept of the failures under one key. */
export interface Attempts {
  readonly failures: number;
  readonly blockedUntil: Date;
  readonly lastAt: Date;
}

/** Failures that cost no waiting. */
export const freeFailures = 5;
/** The longest wait: about a hundred guesses a day (NIST SP 800-63B-4 §3.2.2), never a lock-out. */
export const delayMaxMs = 15 * 60_000;
/** Failures this old no longer count. */
export const forgetAfterMs = 24 * 3_600_000;

export type Admission =
  | { readonly admitted: true; readonly next: Attempts }
  | { readonly admitted: false; readonly retryAfterSeconds: number };

/**
 * An attempt counts as failed from its beginning, so that a thousand at once are a thousand;
 * success wipes the count. The wait doubles from one second.
 */
export function admitAttempt(before: Attempts | null, now: Date): Admission {
  const known = before && now.getTime() - before.lastAt.getTime() < forgetAfterMs ? before : null;
  const waitMs = known ? known.blockedUntil.getTime() - now.getTime() : 0;
  if (waitMs > 0) {
    // A clock that jumped back must not lock anybody out for longer than the longest wait.
    return { admitted: false, retryAfterSeconds: Math.ceil(Math.min(waitMs, delayMaxMs) / 1000) };
  }
  const failures = (known?.failures ?? 0) + 1;
  const blockedUntil = new Date(now.getTime() + delayAfter(failures));
  return { admitted: true, next: { failures, blockedUntil, lastAt: now } };
}

function delayAfter(failures: number): number {
  if (failures < freeFailures) return 0;
  return Math.min(1000 * 2 ** Math.min(failures - freeFailures, 30), delayMaxMs);
}
