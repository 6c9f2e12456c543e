import { JoineryApiError } from "./error.js";

/** How often and how patiently a request that may be repeated is sent. */
export interface RetryPolicy {
  /** How often at most, the first time included. */
  readonly attempts: number;
  /** The first wait; each next one is twice as long. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

export const defaultRetry: RetryPolicy = { attempts: 4, firstWaitMs: 200, longestWaitMs: 5_000 };

const passingCodes = new Set(["NETWORK_FAILED", "REQUEST_TIMED_OUT", "SERVICE_UNREACHABLE"]);
const passingStatuses = new Set([429, 502, 503, 504]);

/** Whether the same request may well succeed a moment later. */
export function mayPass(error: unknown): error is JoineryApiError {
  if (!(error instanceof JoineryApiError)) return false;
  return (
    passingCodes.has(error.code) || (error.status !== null && passingStatuses.has(error.status))
  );
}

/**
 * Milliseconds to wait before attempt `next` (from 2), or null when it is not to be made: the
 * attempts are used up, or the server asks for more patience than the policy has. `chance` (0 to 1)
 * spreads clients that failed together over half of the wait.
 */
export function waitBefore(
  next: number,
  error: JoineryApiError,
  policy: RetryPolicy,
  chance: number,
): number | null {
  if (next > policy.attempts) return null;
  const asked = Number(error.fields["retryAfterSeconds"] ?? 0) * 1_000;
  if (asked > policy.longestWaitMs) return null;
  const doubled = policy.firstWaitMs * 2 ** (next - 2);
  const spread = Math.min(doubled, policy.longestWaitMs) * (0.5 + chance / 2);
  return Math.max(asked, Math.round(spread));
}
