import { ValueFailure } from "../failure.js";
import { ascii, capitalise, digits, escapeDn } from "../text.js";
import { isReference, textUnitsMax } from "../values.js";
import {
  asList,
  asText,
  checkedList,
  checkedText,
  isNumeric,
  mistyped,
  toInt,
} from "./operators.js";
import { any, bool, double, int, listOf, text, unify, type Runtime, type Type } from "./types.js";

/**
 * A function of the language, called `name(a, b)` or `a.name(b)`. Unless it `seesAbsence` it is not
 * called where an argument is absent: the result is absent then.
 */
export interface FunctionSpec {
  readonly arguments: readonly Type[];
  /** How many arguments must be there; the rest may be left out. */
  readonly needs: number;
  readonly result: Type | ((given: readonly Type[]) => Type);
  readonly seesAbsence?: boolean;
  readonly call: (a: Runtime, b: Runtime, c: Runtime) => Runtime;
  /** One line for the documentation. */
  readonly says: string;
}

const texts = listOf(text);
const list = listOf(any);

/** Every function but those that the compiler itself knows (`has`, lists, patterns, dates). */
export const functions: Readonly<Record<string, FunctionSpec>> = {
  lower: onText((a) => a.toLowerCase(), "small letters"),
  upper: onText((a) => a.toUpperCase(), "capital letters"),
  trim: onText((a) => a.trim(), "without white space at both ends"),
  capitalise: onText(capitalise, "each word with a capital first letter"),
  ascii: onText(ascii, "Latin letters without marks: Zoë Łuß is Zoe Luss"),
  digits: onText(digits, "only the digits"),
  startsWith: onTexts((a, b) => a.startsWith(b), "whether it begins with the other text"),
  endsWith: onTexts((a, b) => a.endsWith(b), "whether it ends with the other text"),
  contains: onTexts((a, b) => a.includes(b), "whether the other text is in it"),
  indexOf: {
    arguments: [text, text],
    needs: 2,
    result: int,
    call: (a, b) => indexOf(asText(a), asText(b)),
    says: "where the other text begins, counted from 0; -1 when it is not in it",
  },
  replace: {
    arguments: [text, text, text],
    needs: 3,
    result: text,
    call: (a, b, c) => replace(asText(a), asText(b), asText(c)),
    says: "every occurrence of the second text becomes the third",
  },
  split: {
    arguments: [text, text],
    needs: 2,
    result: texts,
    call: (a, b) => checkedList(asText(a).split(asText(b))),
    says: "the parts between the separators",
  },
  join: {
    arguments: [texts, text],
    needs: 1,
    result: text,
    call: (a, b) => join(asList(a), b === null ? "" : asText(b)),
    says: "one text of all, with the separator between them",
  },
  rdn: {
    arguments: [text, text],
    needs: 2,
    result: text,
    call: (a, b) => checkedText(`${asText(a)}=${escapeDn(asText(b))}`),
    says: 'one part of an LDAP name, its value escaped: rdn("cn", "A, B") is cn=A\\, B',
  },
  substring: {
    arguments: [text, int, int],
    needs: 2,
    result: text,
    call: (a, b, c) => substring(asText(a), asIndex(b), c === null ? Infinity : asIndex(c)),
    says: "from the first position up to the second; what does not exist is left out",
  },
  take: {
    arguments: [text, int],
    needs: 2,
    result: text,
    call: (a, b) => substring(asText(a), 0, asIndex(b)),
    says: "the first characters, fewer when there are fewer",
  },
  pad: {
    arguments: [text, int, text],
    needs: 3,
    result: text,
    call: (a, b, c) => pad(asText(a), asIndex(b), asText(c)),
    says: 'filled up from the left to a length: pad("42", 5, "0") is 00042',
  },
  first: {
    arguments: [list],
    needs: 1,
    result: (given) => given[0]?.of ?? any,
    seesAbsence: true,
    call: (a) => asList(a)[0] ?? null,
    says: "the first element; absent when there is none",
  },
  last: {
    arguments: [list],
    needs: 1,
    result: (given) => given[0]?.of ?? any,
    seesAbsence: true,
    call: (a) => asList(a).at(-1) ?? null,
    says: "the last element; absent when there is none",
  },
  orElse: {
    arguments: [any, any],
    needs: 2,
    result: ([a, b]) => unify(a ?? any, b ?? any) ?? any,
    seesAbsence: true,
    call: (a, b) => (a === null || a === "" || (Array.isArray(a) && a.length === 0) ? b : a),
    says: "the second where the first is absent or empty",
  },
  size: {
    arguments: [any],
    needs: 1,
    result: int,
    seesAbsence: true,
    call: size,
    says: "how many characters or elements; 0 when absent",
  },
  string: {
    arguments: [any],
    needs: 1,
    result: text,
    call: (a) => (typeof a === "object" ? mistyped("a single value") : String(a)),
    says: "as text",
  },
  int: { arguments: [any], needs: 1, result: int, call: toInteger, says: "as an integer" },
  double: { arguments: [any], needs: 1, result: double, call: toDouble, says: "as a number" },
  bool: { arguments: [any], needs: 1, result: bool, call: toBool, says: "as true or false" },
};

function onText(call: (a: string) => string, says: string): FunctionSpec {
  const onRuntime = (a: Runtime): Runtime => checkedText(call(asText(a)));
  return { arguments: [text], needs: 1, result: text, call: onRuntime, says };
}

function onTexts(call: (a: string, b: string) => boolean, says: string): FunctionSpec {
  const onRuntime = (a: Runtime, b: Runtime): Runtime => call(asText(a), asText(b));
  return { arguments: [text, text], needs: 2, result: bool, call: onRuntime, says };
}

function asIndex(value: Runtime): number {
  return isNumeric(value) ? Math.max(0, Math.trunc(Number(value))) : mistyped("an integer");
}

const noSurrogates = /^[\u0000-\ud7ff\ue000-\uffff]*$/;

/** Positions count characters (code points), so none is ever cut in half. */
function substring(value: string, from: number, to: number): string {
  if (noSurrogates.test(value)) return from < to ? value.slice(from, to) : "";
  return Array.from(value).slice(from, to).join("");
}

function indexOf(value: string, wanted: string): number {
  const at = value.indexOf(wanted);
  return at < 1 ? at : lengthOf(value.slice(0, at));
}

function lengthOf(value: string): number {
  return noSurrogates.test(value) ? value.length : Array.from(value).length;
}

function replace(value: string, from: string, to: string): string {
  if (from === "") return value;
  const parts = value.split(from);
  const units = value.length + (parts.length - 1) * (to.length - from.length);
  if (units > textUnitsMax) return checkedText(" ".repeat(textUnitsMax + 1));
  return parts.join(to);
}

function join(values: readonly Runtime[], separator: string): string {
  const texts = values.map(asText);
  let units = separator.length * texts.length;
  for (const each of texts) units += each.length;
  if (units > textUnitsMax) {
    throw new ValueFailure("EXPRESSION_LIMIT", `a text over ${textUnitsMax} characters`);
  }
  return texts.join(separator);
}

function pad(value: string, length: number, filler: string): string {
  const missing = length - lengthOf(value);
  if (missing <= 0 || filler === "") return value;
  if (missing > textUnitsMax) {
    throw new ValueFailure("EXPRESSION_LIMIT", `a text over ${textUnitsMax} characters`);
  }
  const full = filler.repeat(Math.ceil(missing / lengthOf(filler)));
  return checkedText(substring(full, 0, missing) + value);
}

function size(value: Runtime): number {
  if (value === null) return 0;
  if (typeof value === "string") return lengthOf(value);
  if (Array.isArray(value)) return value.length;
  return isReference(value) ? 1 : mistyped("text or a list");
}

function toInteger(value: Runtime): number | bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return toInt(BigInt(Math.trunc(value)));
  if (typeof value === "string" && /^[+-]?\d{1,20}$/.test(value.trim())) {
    return toInt(BigInt(value.trim().replace(/^\+/, "")));
  }
  throw new ValueFailure("EXPRESSION_VALUE", "int() was given what is no integer");
}

function toDouble(value: Runtime): number {
  if (isNumeric(value)) return Number(value);
  if (typeof value === "string" && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value.trim())) {
    const number = Number(value);
    if (Number.isFinite(number)) return number;
  }
  throw new ValueFailure("EXPRESSION_VALUE", "double() was given what is no number");
}

function toBool(value: Runtime): boolean {
  if (typeof value === "boolean") return value;
  const word = typeof value === "object" ? "" : String(value).trim().toLowerCase();
  if (word === "true" || word === "1") return true;
  if (word === "false" || word === "0") return false;
  throw new ValueFailure("EXPRESSION_VALUE", "bool() was given what is neither true nor false");
}
