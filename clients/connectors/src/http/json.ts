export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(json: unknown): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** One value stands for a list of one; nothing for an empty one. */
export function asArray(json: unknown): readonly unknown[] {
  if (json === undefined || json === null) return [];
  return Array.isArray(json) ? json : [json];
}

/** The name of a member as it is spelled there: names have no case (RFC 7643 §2.1). */
export function keyOf(object: JsonObject, name: string): string | undefined {
  if (Object.hasOwn(object, name)) return name;
  const folded = name.toLowerCase();
  return Object.keys(object).find((each) => each.toLowerCase() === folded);
}

export function member(object: JsonObject, name: string): unknown {
  const key = keyOf(object, name);
  return key === undefined ? undefined : object[key];
}

/** A text, also of a number; undefined for anything else and for the empty text. */
export function textOf(json: unknown): string | undefined {
  if (typeof json === "number" && Number.isFinite(json)) return String(json);
  return typeof json === "string" && json !== "" ? json : undefined;
}

/** A count, also where it is written as text. */
export function countOf(json: unknown): number | undefined {
  const number = typeof json === "string" && /^\d{1,15}$/.test(json) ? Number(json) : json;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0
    ? number : undefined;
}

/** JSON with the members of every object in one order, without those that are nothing. */
export function canonicalText(json: unknown): string {
  return JSON.stringify(json, (_name, value: unknown) => {
    if (!isObject(value)) return value;
    const entries = Object.entries(value).filter(([, each]) => each !== null && each !== undefined);
    return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
