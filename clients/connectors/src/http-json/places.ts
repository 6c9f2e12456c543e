import * as z from "zod";

/**
 * Where something stands in JSON: a pointer (RFC 6901) such as `/name/family`, or names with dots
 * between, such as `name.family`; the empty text is the whole. Only own members are ever met.
 */
export type Place = readonly string[];

export function toPlace(text: string): Place {
  if (text === "") return [];
  if (!text.startsWith("/")) return text.split(".");
  return text.slice(1).split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** A setting that says where something stands. */
export const placeSetting = z.string().max(1024).refine((text) => {
  const parts = toPlace(text);
  return parts.every((part) => part !== "__proto__" && (part !== "" || text.startsWith("/")))
    && !/~(?![01])/.test(text.startsWith("/") ? text : "");
}, "is a JSON pointer such as /name/family, or names with dots between");

/** A setting that says where in an object something stands. */
export const memberSetting = placeSetting.refine((text) => text !== "", "is not empty");

/** What stands there; undefined where nothing does. */
export function valueAt(json: unknown, place: Place): unknown {
  let found = json;
  for (const part of place) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, part)) {
      return undefined;
    }
    found = (found as Readonly<Record<string, unknown>>)[part];
  }
  return found;
}

/**
 * Puts a value there, making the objects on the way; undefined takes away what is there. False
 * where something else than an object stands on the way.
 */
export function putAt(draft: Record<string, unknown>, place: Place, value: unknown): boolean {
  let target = draft;
  for (const part of place.slice(0, -1)) {
    const next = Object.hasOwn(target, part) ? target[part] : undefined;
    if (next === undefined || next === null) {
      if (value === undefined) return true;
      target[part] = {};
    } else if (typeof next !== "object") return false;
    target = target[part] as Record<string, unknown>;
  }
  const last = place.at(-1) ?? "";
  if (value === undefined && !Array.isArray(target)) Reflect.deleteProperty(target, last);
  else target[last] = value ?? null;
  return true;
}
