/** How much of what schedules wish for is still to be begun. */
export interface Waiting {
  /** Runs of this organisation that wait to be imported. */
  readonly own: number;
  /** Imports of all organisations that no process has taken up. */
  readonly imports: number;
  /** Applications of all organisations whose schedules are due now or within a minute. */
  readonly late: number;
}

const most = { withoutOwn: 64, own: 2, withOwn: 16 };
const waitMs = { first: 2_000, each: 100, longest: 60_000 };

/**
 * Whether a schedule may queue a run now. After time without a process everything is due at once:
 * an organisation with a thousand applications has two runs waiting at most, so that one with a
 * single application is next in turn, and all together no more than processes soon take up.
 */
export function isAdmitted({ own, imports }: Waiting): boolean {
  return own === 0 ? imports < most.withoutOwn : own < most.own && imports < most.withOwn;
}

/**
 * In how many milliseconds to ask again: longer with each that is late, so that asking costs the
 * same however many there are. `chance` is from 0 to 1, so that they do not come together.
 */
export function putOffMs({ late }: Pick<Waiting, "late">, chance: number): number {
  const ms = Math.min(waitMs.longest, Math.max(waitMs.first, late * waitMs.each));
  return Math.round(ms * (0.5 + chance));
}
