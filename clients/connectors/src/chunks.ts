/** The items in parts of at most so many, none of them empty. */
export function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) {
    yield size >= items.length ? items : items.slice(at, at + size);
  }
}
