import { hash } from "node:crypto";
import { canonicalJson, type AttributeSchema, type PlannedItem, type Value } from "@joinery/engine";

/** By attribute: short digests of before and after, with when each was written. */
export type Corrections = Readonly<
  Record<string, readonly { readonly what: string; readonly at: string }[]>
>;

const windowMs = 24 * 3_600_000;
/**
 * The third identical correction in a row in a day is not made: somebody else wants it otherwise.
 * Where we wrote another value in between, it was ours to change, so a person who leaves, returns
 * and leaves again on one day is disabled each time.
 */
const correctionsMax = 2;
const keptMax = 8;

/** A change of one attribute, the same for the same before and after. */
export function correctionOf(before: Value | null, after: Value | null): string {
  return hash("sha256", canonicalJson([before, after]), "hex").slice(0, 16);
}

/**
 * Takes out of an update what was last corrected twice in the same way within 24 hours. Answers the
 * item without it, null when nothing is left, and the names of what contradicts.
 */
export function withoutContradictions(
  item: PlannedItem,
  corrections: Corrections | null,
  schema: readonly AttributeSchema[],
  now: Date,
): { readonly item: PlannedItem | null; readonly contradicting: readonly string[] } {
  if (corrections === null || item.operation !== "update") return { item, contradicting: [] };
  const contradicting = Object.keys(item.after).filter((name) => {
    const what = correctionOf(item.before[name] ?? null, item.after[name] ?? null);
    const since = now.getTime() - windowMs;
    const last = (corrections[name] ?? []).slice(-correctionsMax);
    return last.length === correctionsMax
      && last.every((each) => each.what === what && Date.parse(each.at) > since);
  });
  if (contradicting.length === 0) return { item, contradicting };
  const keep = Object.keys(item.after).filter((name) => !contradicting.includes(name));
  return { item: keep.length === 0 ? null : partOf(item, keep, schema), contradicting };
}

/** The item with some of its attributes only, with the classes that are still true of it. */
export function partOf(
  item: PlannedItem,
  names: readonly string[],
  schema: readonly AttributeSchema[],
): PlannedItem {
  const before = Object.fromEntries(names.map((name) => [name, item.before[name] ?? null]));
  const after = Object.fromEntries(names.map((name) => [name, item.after[name] ?? null]));
  const naming = new Set(schema.flatMap((each) => (each.naming === true ? [each.name] : [])));
  const still: Readonly<Record<string, boolean>> = {
    blanking: names.some((name) => after[name] === null),
    disable: after["$enabled"] === false,
    rename: names.some((name) => naming.has(name)),
  };
  return { ...item, before, after, classes: item.classes.filter((name) => still[name] ?? true) };
}

/**
 * What is remembered of an update that was made: its attributes, and no more than a day of them.
 */
export function withCorrections(
  corrections: Corrections | null,
  item: Pick<PlannedItem, "before" | "after">,
  now: Date,
): Corrections {
  const since = now.getTime() - windowMs;
  const kept: Record<string, { what: string; at: string }[]> = {};
  for (const [name, list] of Object.entries(corrections ?? {})) {
    const recent = list.filter((each) => Date.parse(each.at) > since);
    if (recent.length > 0) kept[name] = [...recent];
  }
  for (const name of Object.keys(item.after)) {
    const what = correctionOf(item.before[name] ?? null, item.after[name] ?? null);
    kept[name] = [...(kept[name] ?? []), { what, at: now.toISOString() }].slice(-keptMax);
  }
  return kept;
}
