/** How an application is written to. */
export interface ExportPolicy {
  /** Writes a second on average; absent: as fast as it answers. */
  readonly ratePerSecond?: number;
  /** What a reference to another account is written as. Default `name`, as directories do. */
  readonly references?: "name" | "anchor";
  /** New people get a password, made as their account is sent. Default: none. */
  readonly initialPasswords?: boolean;
  /** Where people sign off: two of them have to approve each change. Default: one. */
  readonly fourEyes?: boolean;
  /** Days after which what nobody approved is given up and planned anew. Default 30. */
  readonly proposalDays?: number;
  /** Tries of one item before it fails for good. Default 10. */
  readonly attemptsMax?: number;
  /** The first wait before an item is tried again; doubles. Default 1,000. */
  readonly backoffMs?: number;
  /** The longest wait. Default 900,000. */
  readonly backoffMaxMs?: number;
  /** Reads and exports that fail in a row, ten minutes long, until a quarantine. Default 5. */
  readonly quarantineAfter?: number;
}

export const exportPolicyDefault = {
  references: "name",
  proposalDays: 30,
  attemptsMax: 10,
  backoffMs: 1_000,
  backoffMaxMs: 900_000,
  quarantineAfter: 5,
} as const;

/**
 * How long to wait before try number `attempts + 1`: doubling, between half and the whole of it
 * by `chance` (0 to 1), and never shorter than the system asked for.
 */
export function backoffMs(
  policy: ExportPolicy,
  attempts: number,
  chance: number,
  retryAfterMs: number | undefined,
): number {
  const first = policy.backoffMs ?? exportPolicyDefault.backoffMs;
  const longest = policy.backoffMaxMs ?? exportPolicyDefault.backoffMaxMs;
  const whole = Math.min(longest, first * 2 ** Math.min(Math.max(attempts - 1, 0), 30));
  return Math.ceil(Math.max(whole * (0.5 + chance / 2), retryAfterMs ?? 0));
}
