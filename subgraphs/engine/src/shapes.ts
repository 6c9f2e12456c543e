/** Shapes that are remembered; a rule set has a handful per target. */
const shapesMax = 2_000;
/** Up to here the platform keeps an object fast that grows member by member. */
const growsWell = 10;

const shapes = new Map<string, Readonly<Record<string, null>>>();

/**
 * An object with these members in this order. One that grows member by member becomes a hash table
 * inside, slow to write as JSON and to read; a copy of a parsed blank does not. Nothing but speed
 * depends on what is remembered here.
 */
export function objectOf<T>(names: readonly string[], values: readonly T[]): Record<string, T> {
  const object: Record<string, T | null> = names.length > growsWell ? { ...blankOf(names) } : {};
  for (let at = 0; at < names.length; at += 1) object[names[at] as string] = values[at] as T;
  return object as Record<string, T>;
}

function blankOf(names: readonly string[]): Readonly<Record<string, null>> {
  const key = names.join("\n");
  let blank = shapes.get(key);
  if (blank === undefined) {
    if (shapes.size === shapesMax) shapes.clear();
    const grown = Object.fromEntries(names.map((name) => [name, null]));
    blank = JSON.parse(JSON.stringify(grown)) as Readonly<Record<string, null>>;
    shapes.set(key, blank);
  }
  return blank;
}
