/**
 * `column = $n, ` for each column that is given, numbered from `first` on, with its values.
 * Columns are names in our own code, never what somebody submitted.
 */
export function setClause(
  first: number,
  columns: Readonly<Record<string, unknown>>,
): { readonly text: string; readonly values: readonly unknown[] } {
  const given = Object.entries(columns).filter(([, value]) => value !== undefined);
  const text = given.map(([column], at) => `${column} = $${first + at}, `).join("");
  const values = given.map(([, value]) => (isJson(value) ? JSON.stringify(value.json) : value));
  return { text, values };
}

function isJson(value: unknown): value is { readonly json: unknown } {
  return typeof value === "object" && value !== null && "json" in value;
}
