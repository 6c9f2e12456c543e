const dayMs = 86_400_000;

/** What is kept of an account's delete to come. */
export interface KeptDelete {
  readonly deleteAt: Date | null;
  readonly isDeleteCancelled: boolean;
}

export interface FutureDelete {
  /** It is deleted now, whatever else would become of it. */
  readonly isDue: boolean;
  /** When it is to be looked at again. */
  readonly nextAt: Date | null;
  /** What is kept from now on: another date, or none; undefined: as it was. */
  readonly keep?: Date | null;
}

/**
 * What becomes of the delete to come of an account that is not provisioned any more.
 *
 * | wanted  | account | kept      | outcome                            |
 * | ------- | ------- | --------- | ---------------------------------- |
 * | no      | any     | none      | nothing                            |
 * | no      | any     | a date    | withdrawn: somebody came back      |
 * | yes     | gone    | a date    | withdrawn: it is deleted already   |
 * | yes     | present | none      | planned, so many days from now     |
 * | yes     | present | cancelled | nothing, until somebody comes back |
 * | yes     | present | later     | waits, wherever it was moved       |
 * | yes     | present | now       | deleted                            |
 *
 * `days`: what the rules say; undefined where it is provisioned or they say nothing.
 */
export function futureDelete(
  days: number | undefined,
  isPresent: boolean,
  { deleteAt, isDeleteCancelled }: KeptDelete,
  now: Date,
): FutureDelete {
  if (days === undefined || !isPresent) {
    return { isDue: false, nextAt: null, ...(deleteAt === null ? {} : { keep: null }) };
  }
  if (deleteAt === null) {
    const at = new Date(now.getTime() + days * dayMs);
    return { isDue: false, nextAt: at, keep: at };
  }
  if (isDeleteCancelled) return { isDue: false, nextAt: null };
  const isDue = deleteAt <= now;
  return { isDue, nextAt: isDue ? null : deleteAt };
}
