import { EventError } from "./errors.js";
import { packedLength, plainBytesMax, sealedBytesMax, sealOverheadMax } from "./payload.js";

/** Room for the fields of a payload beside its list of objects. */
const otherFields = 4 * 1024;

/**
 * Cuts a list into batches of at most `countMax` objects whose packed form stays within `bytesMax`,
 * in order. The cuts depend on the objects alone, so two passes over the same objects cut alike.
 * An object that is too large alone throws EVENT_TOO_LARGE with its index.
 */
export function splitBatches<T>(
  objects: readonly T[],
  countMax = 1_000,
  bytesMax: number = sealedBytesMax - sealOverheadMax - otherFields,
): T[][] {
  const batches: T[][] = [];
  for (let at = 0; at < objects.length; at += countMax) {
    halveUntilFits(objects.slice(at, at + countMax), at, bytesMax, batches);
  }
  return batches;
}

/** Some of an ordered list: what stands after `after` up to `through`; null is its end. */
export interface ListRange<T, Key> {
  readonly after: Key | null;
  readonly through: Key | null;
  readonly part: T[];
}

/**
 * Cuts a page of an ordered list into ranges that leave no gap, for a consumer that takes away what
 * is not listed. `after` is where the page before ended, `isLast` that none comes after this one.
 */
export function splitRanges<T, Key>(
  page: readonly T[],
  toKey: (object: T) => Key,
  { after, isLast }: { readonly after: Key | null; readonly isLast: boolean },
  countMax = 5_000,
): ListRange<T, Key>[] {
  const parts = splitBatches(page, countMax);
  if (parts.length === 0 && isLast) return [{ after, through: null, part: [] }];
  const ends = parts.map((part) => toKey(part.at(-1) as T));
  return parts.map((part, at) => ({
    after: at === 0 ? after : (ends[at - 1] as Key),
    through: isLast && at === parts.length - 1 ? null : (ends[at] as Key),
    part,
  }));
}

function halveUntilFits<T>(part: T[], at: number, bytesMax: number, into: T[][]): void {
  if (fits(part, bytesMax)) {
    into.push(part);
    return;
  }
  if (part.length === 1) {
    throw new EventError("EVENT_TOO_LARGE", "one object is too large for an event", { index: at });
  }
  const half = Math.ceil(part.length / 2);
  halveUntilFits(part.slice(0, half), at, bytesMax, into);
  halveUntilFits(part.slice(half), at + half, bytesMax, into);
}

/** Compression is tried only where the plain form does not already fit. */
function fits(part: readonly unknown[], bytesMax: number): boolean {
  const json = JSON.stringify(part);
  const bytes = Buffer.byteLength(json);
  if (bytes + 1 <= bytesMax) return true;
  return bytes <= plainBytesMax && packedLength(json) <= bytesMax;
}
