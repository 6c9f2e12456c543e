/** An object with which the work fails even when it is done for that object alone. */
export interface Culprit<T> {
  readonly object: T;
  readonly error: unknown;
}

/**
 * Does the work for all objects or, where it fails, for each half, until the culprits stand alone:
 * about `2 × culprits × log2(objects)` tries. `work` must do everything or nothing. `isFault` tells
 * faults of an object from those of the world, which are thrown on at once.
 */
export async function halve<T>(
  objects: readonly T[],
  work: (objects: readonly T[]) => Promise<void>,
  isFault: (error: unknown) => boolean,
): Promise<readonly Culprit<T>[]> {
  if (objects.length === 0) return [];
  try {
    await work(objects);
    return [];
  } catch (error) {
    if (!isFault(error)) throw error;
    const [only] = objects;
    if (objects.length === 1 && only !== undefined) return [{ object: only, error }];
  }
  const half = Math.ceil(objects.length / 2);
  const first = await halve(objects.slice(0, half), work, isFault);
  return [...first, ...(await halve(objects.slice(half), work, isFault))];
}
