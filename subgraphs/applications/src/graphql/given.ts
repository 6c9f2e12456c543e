/** What a caller said: GraphQL's null for what was left out is no value. */
export function given<T extends object>(
  fields: T,
): { [K in keyof T]?: NonNullable<T[K]> } {
  const said = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(said) as { [K in keyof T]?: NonNullable<T[K]> };
}
