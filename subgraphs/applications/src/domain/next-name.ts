/** Answers of a system that mean: somebody else has a name that only one may have. */
export const nameCodes: ReadonlySet<string> = new Set(["VALUE_TAKEN", "OBJECT_EXISTS"]);

/** So many names are tried for one account, however many there could be. */
export const namesMax = 50;

/** Which of the names that rules could make an item tries. */
export interface TriedNames {
  /** Digest of the names that are made first: with others the numbers begin anew. */
  readonly base: string;
  /** From 1 on. */
  readonly number: number;
}

/** Names of one account that were refused: of each base the last number. */
export interface TakenNames extends TriedNames {
  readonly accountId: string;
}

/**
 * Whether a refusal leads to the next name. A create that left before without a final answer may
 * have made an account that is not seen yet: it is never tried under another name.
 */
export function hasNextName(
  { operation, attempts, names }: {
    readonly operation: string;
    readonly attempts: number;
    readonly names: TriedNames | null;
  },
  { kind, code }: { readonly kind: string; readonly code: string },
): boolean {
  if (kind !== "skip" || !nameCodes.has(code) || names === null) return false;
  return names.number < namesMax && (operation !== "create" || attempts === 0);
}

/** The number to try: the one after those that were refused with the same base. */
export function nextNumber(taken: readonly TriedNames[], base: string): number {
  return 1 + Math.max(0, ...taken.flatMap((each) => (each.base === base ? [each.number] : [])));
}
