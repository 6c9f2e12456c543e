import { guardClasses, type GuardClass } from "./model.js";

/** Limits of one class. A wave is held when it goes over any of them. */
export interface GuardLimit {
  /** So many are always within the share. */
  readonly least: number;
  /** So many are never within the share. */
  readonly most: number;
  /** Between the two: percent of the population. */
  readonly sharePercent: number;
  /** Whatever the other limits: percent of the population. */
  readonly halfPercent: number;
}

export type GuardLimits = { readonly [K in GuardClass]?: Partial<GuardLimit> };

export const guardLimitDefault: GuardLimit = {
  least: 5,
  most: 500,
  sharePercent: 5,
  halfPercent: 50,
};

/** In a population this small, any destruction of more than one is held. */
export const smallPopulation = 10;

/** Take something away from somebody. */
export const destructiveClasses: ReadonlySet<GuardClass> = new Set([
  "delete",
  "disable",
  "membershipRemoval",
  "blanking",
  "rename",
  "rejoin",
]);

export interface GuardInput {
  /** Joined accounts of the application when the run began. */
  readonly population: number;
  /** What the wave is about to do. */
  readonly counts: Readonly<Partial<Record<GuardClass, number>>>;
  /** What was let through in the 24 hours before. */
  readonly ledger24h: Readonly<Partial<Record<GuardClass, number>>>;
  readonly firstLiveRunDone: boolean;
  readonly limits?: GuardLimits;
}

export interface GuardBreach {
  readonly class: GuardClass;
  /** Of this wave. */
  readonly n: number;
  /** Of the 24 hours before. */
  readonly ledger: number;
  /** The most that `n + ledger` may be. */
  readonly limit: number;
  readonly population: number;
  /** `share`: over max(5, min(500, 5 %)); `half`: over half; `small`: two of ten or fewer. */
  readonly rule: "share" | "half" | "small";
}

export type GuardVerdict =
  | { readonly verdict: "released"; readonly warnings: readonly GuardBreach[] }
  | {
      readonly verdict: "held";
      readonly breaches: readonly GuardBreach[];
      readonly warnings: readonly GuardBreach[];
    };

/**
 * Decides whether a sealed wave may be applied. A class counts together with what the 24 hours
 * before did, so many small runs are one large one; a class of which this wave does nothing never
 * holds it. Creates and updates warn, and never hold, until the first completed live run.
 * Throws RangeError for counts that are not whole numbers from 0 on.
 */
export function assessGuard(input: GuardInput): GuardVerdict {
  wholeNumber(input.population, "population");
  const breaches: GuardBreach[] = [];
  const warnings: GuardBreach[] = [];
  for (const name of guardClasses) {
    const breach = breachOf(input, name);
    if (breach === undefined) continue;
    const warnsOnly = !input.firstLiveRunDone && !destructiveClasses.has(name);
    (warnsOnly ? warnings : breaches).push(breach);
  }
  if (breaches.length === 0) return { verdict: "released", warnings };
  return { verdict: "held", breaches, warnings };
}

/**
 * What the ledger remembers of a wave that is let through. Until the first completed live run
 * creates and updates only warn, so an onboarding is not held against the day that follows it.
 */
export function ledgerEntries(
  counts: Readonly<Partial<Record<GuardClass, number>>>,
  firstLiveRunDone: boolean,
): Partial<Record<GuardClass, number>> {
  const entries: Partial<Record<GuardClass, number>> = {};
  for (const name of guardClasses) {
    const n = counts[name] ?? 0;
    if (n > 0 && (firstLiveRunDone || destructiveClasses.has(name))) entries[name] = n;
  }
  return entries;
}

/** The tightest limit that a class goes over. */
function breachOf(input: GuardInput, name: GuardClass): GuardBreach | undefined {
  const n = wholeNumber(input.counts[name] ?? 0, name);
  const ledger = wholeNumber(input.ledger24h[name] ?? 0, `ledger of ${name}`);
  if (n === 0) return undefined;
  const { population } = input;
  const broken = limitsOf(input, name).filter(({ limit }) => n + ledger > limit);
  const tightest = broken.sort((a, b) => a.limit - b.limit)[0];
  return tightest && { class: name, n, ledger, population, ...tightest };
}

/**
 * Half of a population says nothing about what is to be added to it, so creates have no half.
 * Percents are compared as whole numbers: no rounding decides at the edge.
 */
function limitsOf(input: GuardInput, name: GuardClass): Pick<GuardBreach, "limit" | "rule">[] {
  const { population } = input;
  const limit = { ...guardLimitDefault, ...input.limits?.[name] };
  const share = Math.floor((population * limit.sharePercent) / 100);
  const limits: Pick<GuardBreach, "limit" | "rule">[] = [
    { rule: "share", limit: Math.max(limit.least, Math.min(limit.most, share)) },
  ];
  if (name !== "create") {
    limits.push({ rule: "half", limit: Math.floor((population * limit.halfPercent) / 100) });
  }
  if (population <= smallPopulation && destructiveClasses.has(name)) {
    limits.push({ rule: "small", limit: 1 });
  }
  return limits;
}

function wholeNumber(value: number, what: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`${what} is a whole number from 0 on`);
}
