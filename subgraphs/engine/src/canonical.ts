import { createHash } from "node:crypto";
import type { RuleSet } from "./model.js";

/** Deeper values are refused, which also ends cycles. */
const depthMax = 64;

/**
 * The text of a JSON value in the form of RFC 8785: no white space, members sorted by the UTF-16
 * code units of their names (§3.2.3), numbers and strings as ECMAScript writes them (§3.2.2).
 * Throws TypeError for whatever JSON cannot hold: undefined, functions, symbols, bigint, NaN and
 * infinities, lone surrogates (§3.2.2.2), objects that are not plain, sparse arrays, nesting
 * deeper than 64.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

/** SHA-256 in hexadecimal over the canonical JSON of a rule set. */
export function ruleSetHash(ruleSet: RuleSet): string {
  return createHash("sha256").update(canonicalJson(ruleSet)).digest("hex");
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case "string":
      return writeString(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError("JSON has no NaN and no infinity");
      return JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (depth === depthMax) throw new TypeError(`JSON nested deeper than ${depthMax}`);
      return Array.isArray(value) ? writeArray(value, depth + 1) : writeObject(value, depth + 1);
    default:
      throw new TypeError(`JSON has no ${typeof value}`);
  }
}

function writeString(value: string): string {
  if (!value.isWellFormed()) throw new TypeError("a text has a lone surrogate");
  return JSON.stringify(value);
}

function writeArray(value: readonly unknown[], depth: number): string {
  if (value.length === 0) return "[]";
  let text = "[";
  for (let index = 0; index < value.length; index += 1) {
    text += (index === 0 ? "" : ",") + write(value[index], depth);
  }
  return `${text}]`;
}

function writeObject(value: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError("JSON has only plain objects");
  }
  const names = sortedNames(value);
  if (names.length === 0) return "{}";
  const members = value as Readonly<Record<string, unknown>>;
  let text = "{";
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] as string;
    text += (index === 0 ? "" : ",") + writeString(name) + ":" + write(members[name], depth);
  }
  return `${text}}`;
}

/** Most objects here are made in order; looking first is much cheaper than sorting always. */
function sortedNames(value: object): readonly string[] {
  const names = Object.keys(value);
  for (let index = 1; index < names.length; index += 1) {
    if ((names[index - 1] as string) > (names[index] as string)) return names.sort();
  }
  return names;
}
