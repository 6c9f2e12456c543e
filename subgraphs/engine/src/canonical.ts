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
  return isInOrder(value, 0) ? JSON.stringify(value) : write(value);
}

/** SHA-256 in hexadecimal over the canonical JSON of a rule set. */
export function ruleSetHash(ruleSet: RuleSet): string {
  return createHash("sha256").update(canonicalJson(ruleSet)).digest("hex");
}

/**
 * Whether every object has its members in canonical order already, as most objects here do: then
 * the platform writes the whole much faster than we could. Throws for what JSON cannot hold.
 */
function isInOrder(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
      return checkText(value);
    case "boolean":
      return true;
    case "number":
      if (!Number.isFinite(value)) throw new TypeError("JSON has no NaN and no infinity");
      return true;
    case "object":
      if (value === null) return true;
      if (depth === depthMax) throw new TypeError(`JSON nested deeper than ${depthMax}`);
      return Array.isArray(value)
        ? isArrayInOrder(value, depth + 1)
        : isObjectInOrder(value, depth + 1);
    default:
      throw new TypeError(`JSON has no ${typeof value}`);
  }
}

function checkText(value: string): true {
  if (!value.isWellFormed()) throw new TypeError("a text has a lone surrogate");
  return true;
}

function isArrayInOrder(value: readonly unknown[], depth: number): boolean {
  let inOrder = true;
  for (let at = 0; at < value.length; at += 1) inOrder = isInOrder(value[at], depth) && inOrder;
  return inOrder;
}

function isObjectInOrder(value: object, depth: number): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError("JSON has only plain objects");
  }
  const members = value as Readonly<Record<string, unknown>>;
  let inOrder = true;
  let previous: string | undefined;
  for (const name of Object.keys(value)) {
    checkText(name);
    inOrder = isInOrder(members[name], depth) && (previous ?? "") <= name && inOrder;
    previous = name;
  }
  return inOrder;
}

/** Writes what was checked before. */
function write(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  let text = "";
  if (Array.isArray(value)) {
    for (const each of value) text += `${text === "" ? "" : ","}${write(each)}`;
    return `[${text}]`;
  }
  const members = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(value).sort()) {
    text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${write(members[name])}`;
  }
  return `{${text}}`;
}
