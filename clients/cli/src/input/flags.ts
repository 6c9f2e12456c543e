import { InvalidArgumentError } from "commander";

export const limitMax = 100_000;

/** How many of a list: 1 to 100,000. */
export function limitFlag(text: string): number {
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= limitMax) return limit;
  throw new InvalidArgumentError(`a number from 1 to ${limitMax}.`);
}

/** Objects of one batch: 1 to 1,000. */
export function batchFlag(text: string): number {
  const objects = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (objects >= 1 && objects <= 1_000) return objects;
  throw new InvalidArgumentError("a number from 1 to 1000.");
}

/** Days that a client's token lasts: 1 to 730. */
export function daysFlag(text: string): number {
  const days = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= 730) return days;
  throw new InvalidArgumentError("a number from 1 to 730.");
}

/** Seconds, with parts; answers milliseconds. */
export function secondsFlag(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : -1;
  if (seconds >= 0.1 && seconds <= 86_400) return seconds * 1_000;
  throw new InvalidArgumentError("seconds from 0.1 to 86400.");
}

/** A date or an instant with its zone (RFC 3339); answers the instant in UTC. */
export function instantFlag(text: string): string {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const hasZone = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})$/.test(
    text,
  );
  const at = isDate || hasZone ? new Date(isDate ? `${text}T00:00:00Z` : text) : null;
  if (at && !Number.isNaN(at.getTime())) return at.toISOString();
  throw new InvalidArgumentError("2026-11-21 or 2026-11-21T08:00:00Z.");
}

/** `a,b` as a list without blanks. */
export function listFlag(text: string): readonly string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
}

/**
 * `a.b=value`, once more each time it is given. A value that is JSON is taken as such (`true`,
 * `8080`, `["a"]`), anything else is text; quotes make text of it (`"8080"`).
 */
export function settingFlag(text: string, before: readonly Setting[] = []): readonly Setting[] {
  const at = text.indexOf("=");
  const path = text.slice(0, Math.max(0, at)).split(".");
  if (at < 1 || path.some((part) => part === "" || forbidden.has(part))) {
    throw new InvalidArgumentError("name=value, such as path=people.csv.");
  }
  return [...before, { path, value: readValue(text.slice(at + 1)) }];
}

const forbidden = new Set(["__proto__", "constructor", "prototype"]);

function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // What is no JSON is text.
  }
}

/** The object with the settings laid over it; what is in their way is replaced. */
export function withSettings(
  base: Readonly<Record<string, unknown>>,
  settings: readonly Setting[],
): Readonly<Record<string, unknown>> {
  return settings.reduce((into, { path, value }) => withOne(into, path, value), base);
}

function withOne(
  into: Readonly<Record<string, unknown>>,
  [first = "", ...rest]: readonly string[],
  value: unknown,
): Readonly<Record<string, unknown>> {
  if (rest.length === 0) return { ...into, [first]: value };
  const inner = into[first];
  const base = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner : {};
  return { ...into, [first]: withOne({ ...base }, rest, value) };
}
