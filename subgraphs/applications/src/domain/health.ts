/** How a system has answered lately: what failed in a row, and what follows from it. */
export interface Health {
  /** Reads and exports that failed one after another, because the system refused as a whole. */
  readonly failures: number;
  readonly failingSince: Date | null;
  readonly code: string | null;
  readonly reason: string | null;
  /** Nothing is asked of it by a schedule before. */
  readonly retryAt: Date | null;
  /** Since when nothing is asked of it but whether it answers; null while all goes on. */
  readonly quarantinedAt: Date | null;
  /** When it is asked again. */
  readonly probeAt: Date | null;
  /** How often it was asked in vain. */
  readonly probes: number;
  /** People were told that it is in quarantine, and not yet that it is well. */
  readonly told: boolean;
}

export interface SystemFailure {
  readonly code: string;
  readonly reason: string;
  readonly retryAfterMs?: number | undefined;
}

export const healthy: Health = {
  failures: 0, failingSince: null, code: null, reason: null, retryAt: null, quarantinedAt: null,
  probeAt: null, probes: 0, told: false,
};

const waitMs = { first: 60_000, longest: 3_600_000 };
/** A restart of the system is no quarantine, however often somebody asks meanwhile. */
const atLeastMs = 600_000;

/**
 * After one more failure. It goes into quarantine when `after` of them came in a row and they last
 * ten minutes; after a probe that was answered the first one is enough. `chance` is from 0 to 1.
 */
export function afterFailure(
  health: Health,
  failure: SystemFailure,
  after: number,
  now: Date,
  chance: number,
): Health {
  const failures = health.failures + 1;
  const failingSince = health.failingSince ?? now;
  const retryAt = new Date(now.getTime() + pauseMs(failures, failure, chance));
  const { code, reason } = failure;
  const failing = { ...health, failures, failingSince, code, reason, retryAt };
  const lastsMs = now.getTime() - failingSince.getTime();
  if (health.quarantinedAt !== null || failures < after || lastsMs < atLeastMs) return failing;
  const probeAt = new Date(now.getTime() + pauseMs(health.probes + 1, failure, chance));
  return { ...failing, quarantinedAt: now, probeAt };
}

/** It was asked in vain: it is asked again later and later. */
export function afterProbeFailed(
  health: Health,
  failure: SystemFailure,
  now: Date,
  chance: number,
): Health {
  const probes = health.probes + 1;
  const { code, reason } = failure;
  const probeAt = new Date(now.getTime() + pauseMs(probes + 1, failure, chance));
  return { ...health, probes, code, reason, probeAt };
}

/**
 * It answers again: all goes on, and is taken for well once something succeeded. Where it answers
 * and fails all the same it is asked later and later too.
 */
export function afterProbe(health: Health): Health {
  const probes = health.probes + 1;
  return { ...health, probes, quarantinedAt: null, probeAt: null, retryAt: null };
}

/** Doubles from a minute to an hour; never shorter than the system asked for. */
function pauseMs(times: number, { retryAfterMs }: SystemFailure, chance: number): number {
  const whole = Math.min(waitMs.longest, waitMs.first * 2 ** Math.min(times - 1, 10));
  return Math.ceil(Math.max(whole * (0.75 + chance / 4), retryAfterMs ?? 0));
}
