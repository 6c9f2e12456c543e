import { printable, printableJson } from "./printable.js";

/** An attribute's value in one line; null and nothing are a dash. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "string") return value === "" ? '""' : printable(value);
  if (Array.isArray(value)) return value.length === 0 ? "[]" : value.map(shownValue).join(", ");
  if (isReference(value)) return `→ ${printable(value.ref)}`;
  return printableJson(value);
}

function isReference(value: unknown): value is { readonly ref: string } {
  return (
    typeof value === "object" && value !== null && "ref" in value && typeof value.ref === "string"
  );
}

/** `2026-11-21 07:44:12Z`; a dash for none. */
export function shownTime(instant: string | null | undefined): string {
  if (!instant) return "–";
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return printable(instant);
  return at
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "Z");
}

/** `1,234,567` */
export function shownCount(n: number): string {
  return n.toLocaleString("en-US");
}

/** `3 accounts`, `1 account`, `2 people` */
export function counted(n: number, one: string, several = `${one}s`): string {
  return `${shownCount(n)} ${n === 1 ? one : several}`;
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min` */
export function shownDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
