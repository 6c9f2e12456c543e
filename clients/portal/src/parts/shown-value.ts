/** A value as one line of text, null for none: texts as they are, references by what they name. */
export function shownValue(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) {
    return value.length === 0 ? null : value.map((each) => shownValue(each) ?? "–").join(", ");
  }
  if (typeof value === "object" && "ref" in value && typeof value.ref === "string") {
    return `→ ${value.ref}`;
  }
  return JSON.stringify(value);
}

/** Names that differ between two records, in order; what is not there is null. */
export function changedNames(before: object | null, after: object | null): readonly string[] {
  const [was, is] = [before ?? {}, after ?? {}] as readonly Readonly<Record<string, unknown>>[];
  const names = new Set([...Object.keys(was ?? {}), ...Object.keys(is ?? {})]);
  return [...names]
    .filter((name) => JSON.stringify(was?.[name] ?? null) !== JSON.stringify(is?.[name] ?? null))
    .sort();
}
