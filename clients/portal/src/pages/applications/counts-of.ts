/** Of counts by name whatever is a number, in the order in which they were given. */
export function countsOf(counts: unknown): readonly (readonly [string, number])[] {
  if (typeof counts !== "object" || counts === null) return [];
  return Object.entries(counts).flatMap(([name, n]: [string, unknown]) =>
    typeof n === "number" ? [[name, n] as const] : [],
  );
}
