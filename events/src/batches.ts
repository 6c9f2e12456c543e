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
