/** JSON as it is, once parsed. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Own members by their lower-case names: RFC 7643 §2.1, names are case-insensitive. */
export function membersOf(value: Readonly<Record<string, unknown>>): Map<string, unknown> {
  return new Map(Object.entries(value).map(([name, each]) => [name.toLowerCase(), each]));
}

/** Equal as JSON, whatever the order of names. */
export function isSameJson(a: Json | undefined, b: Json | undefined): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

export function canonicalJson(value: Json | undefined): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return `[${value.map((each: Json) => canonicalJson(each)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const object = value as JsonObject;
  const members = Object.keys(object).sort().map(
    (name) => `${JSON.stringify(name)}:${canonicalJson(object[name])}`);
  return `{${members.join(",")}}`;
}
