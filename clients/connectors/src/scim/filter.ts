/** That an attribute has this value: RFC 7644 §3.4.2.2 takes JSON's rules for values. */
export function equalTo(path: string, value: string): string {
  return `${path} eq ${JSON.stringify(value)}`;
}

/** All of them that are given, each in brackets of its own. */
export function allOf(...filters: readonly (string | undefined)[]): string {
  const given = filters.filter((each) => each !== undefined);
  return given.length === 1 ? given[0] ?? "" : given.map((each) => `(${each})`).join(" and ");
}

/**
 * Whether a server that reads filters by pattern finds this value too. Many do not undo JSON's
 * escapes, and answer "nothing" as if they did.
 */
export function isPlain(value: string): boolean {
  return !/["\\\p{Cc}\p{Zl}\p{Zp}]/u.test(value);
}
