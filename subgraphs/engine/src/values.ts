import { instantText, parseMoment } from "./dates.js";
import { ValueFailure } from "./failure.js";
import type { AttributeSchema, Reference, Scalar, Value } from "./model.js";
import { casefold } from "./text.js";

/** UTF-16 units that one text may have, and values that one attribute may have. */
export const textUnitsMax = 1_048_576;
export const valuesMax = 10_000;

/** `Array.isArray` that also tells the compiler what is no list. */
export function isList<T>(value: T): value is Extract<T, readonly unknown[]> {
  return Array.isArray(value);
}

export function isReference(value: unknown): value is Reference {
  return typeof value === "object" && value !== null && "ref" in value;
}

/**
 * Makes a value what an attribute's schema says: converts text to numbers, truth values and dates
 * and back where that is without doubt, drops empty texts, and keeps a set sorted and without
 * repetition, so that equal sets are equal text. Null is no value.
 * Throws ValueFailure `VALUE_INVALID`, `VALUE_NOT_SINGLE` or `VALUE_TOO_LARGE`.
 */
export function toValue(schema: AttributeSchema, given: Value | null | undefined): Value | null {
  if (given === null || given === undefined) return null;
  if (typeof given === "string" && schema.type === "string" && schema.many !== true) {
    return given === "" ? null : checkedText(schema, given);
  }
  if (!Array.isArray(given)) {
    const scalar = toScalar(schema, given as Scalar);
    if (scalar === null) return null;
    return schema.many === true ? [scalar] : scalar;
  }
  const scalars = toScalars(schema, given as readonly Scalar[]);
  if (scalars.length === 0) return null;
  if (schema.many === true) return schema.ordered === true ? scalars : toSet(schema, scalars);
  if (scalars.length === 1) return scalars[0] as Scalar;
  const distinct = toSet(schema, scalars);
  if (distinct.length === 1) return distinct[0] as Scalar;
  throw new ValueFailure(
    "VALUE_NOT_SINGLE",
    `"${schema.name}" holds one value and was given ${distinct.length}`,
  );
}

function toScalars(schema: AttributeSchema, given: readonly Scalar[]): Scalar[] {
  if (given.length > valuesMax) {
    throw new ValueFailure("VALUE_TOO_LARGE", `"${schema.name}": more than ${valuesMax} values`);
  }
  const scalars: Scalar[] = [];
  for (const each of given) {
    const scalar = toScalar(schema, each);
    if (scalar !== null) scalars.push(scalar);
  }
  return scalars;
}

/** Of values that the schema calls equal the one that sorts first stays. */
function toSet(schema: AttributeSchema, scalars: readonly Scalar[]): readonly Scalar[] {
  if (scalars.length === 1) return scalars;
  const keyed = scalars.map((scalar) => ({ key: scalarKey(schema, scalar), scalar }));
  keyed.sort(
    (a, b) => compareText(a.key, b.key) || compareText(spelled(a.scalar), spelled(b.scalar)),
  );
  return keyed.filter((each, at) => each.key !== keyed[at - 1]?.key).map((each) => each.scalar);
}

function spelled(scalar: Scalar): string {
  return typeof scalar === "object" ? JSON.stringify(scalar) : String(scalar);
}

/**
 * Sorts in place by UTF-16 code units. Most lists here are short and nearly in order; for those,
 * putting each in its place is three times as fast as the general sort.
 */
export function sortTexts(texts: string[]): string[] {
  if (texts.length > 40) return texts.sort();
  for (let at = 1; at < texts.length; at += 1) {
    const text = texts[at] as string;
    let to = at;
    for (; to > 0 && (texts[to - 1] as string) > text; to -= 1) texts[to] = texts[to - 1] as string;
    texts[to] = text;
  }
  return texts;
}

/** By UTF-16 code units, the same on every machine. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function toScalar(schema: AttributeSchema, given: Scalar): Scalar | null {
  if (given === "" || given === null || given === undefined) return null;
  switch (schema.type) {
    case "string":
      return typeof given === "object"
        ? invalid(schema, "text")
        : checkedText(schema, String(given));
    case "boolean":
      return toBoolean(schema, given);
    case "integer":
      return toInteger(schema, given);
    case "decimal":
      return toDecimal(schema, given);
    case "instant":
    case "date":
      return toMoment(schema, given);
    case "binary":
      if (typeof given === "string" && isBase64(given)) return checkedText(schema, given);
      return invalid(schema, "base64");
    case "reference":
      if (isReference(given)) return given;
      return typeof given === "string" ? given : invalid(schema, "a reference");
  }
}

function invalid(schema: AttributeSchema, wanted: string): never {
  throw new ValueFailure("VALUE_INVALID", `a value for "${schema.name}" is not ${wanted}`);
}

function checkedText(schema: AttributeSchema, text: string): string {
  if (text.length > textUnitsMax) {
    throw new ValueFailure("VALUE_TOO_LARGE", `"${schema.name}": over ${textUnitsMax} characters`);
  }
  // jsonb has no U+0000 and JSON no lone surrogates: such text could not be kept whole.
  if (text.includes("\u0000") || !text.isWellFormed()) return invalid(schema, "well-formed text");
  return text;
}

function toBoolean(schema: AttributeSchema, given: Scalar): boolean {
  if (typeof given === "boolean") return given;
  const word = typeof given === "object" ? "" : String(given).trim().toLowerCase();
  if (word === "true" || word === "1") return true;
  if (word === "false" || word === "0") return false;
  return invalid(schema, "true or false");
}

const integerPattern = /^[+-]?\d{1,40}$/;

function toInteger(schema: AttributeSchema, given: Scalar): number | string {
  if (typeof given === "number") {
    return Number.isSafeInteger(given) ? given + 0 : invalid(schema, "an integer");
  }
  if (typeof given !== "string") return invalid(schema, "an integer");
  const text = given.trim();
  if (!integerPattern.test(text)) return invalid(schema, "an integer");
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number + 0;
  return BigInt(text.startsWith("+") ? text.slice(1) : text).toString();
}

const decimalPattern = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/;

/** Plain decimal text without needless zeros: `+01.50` is `1.5`. */
function toDecimal(schema: AttributeSchema, given: Scalar): string {
  if (typeof given !== "string" && typeof given !== "number") return invalid(schema, "a number");
  const text = typeof given === "number" ? plainNumber(schema, given) : given.trim();
  const found = text.length > 400 || !/\d/.test(text) ? null : decimalPattern.exec(text);
  if (found === null) return invalid(schema, "a number");
  const whole = found[2] === "" ? "0" : (found[2] as string);
  const part = found[3] === undefined || found[3] === "" ? "" : `.${found[3]}`;
  const sign = found[1] === "-" && (whole !== "0" || part !== "") ? "-" : "";
  return sign + whole + part;
}

function plainNumber(schema: AttributeSchema, given: number): string {
  if (!Number.isFinite(given)) return invalid(schema, "a number");
  const text = String(given);
  return text.includes("e") ? given.toFixed(20) : text;
}

function toMoment(schema: AttributeSchema, given: Scalar): string {
  const wanted = schema.type === "date" ? "a date (yyyy-mm-dd)" : "an instant (RFC 3339)";
  const text = typeof given === "string" ? given.trim() : "";
  const moment = parseMoment(text);
  if (moment === undefined) return invalid(schema, wanted);
  if (schema.type === "instant") return instantText(moment.at);
  return moment.isDay ? text : invalid(schema, wanted);
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/**
 * Whether two values of an attribute are the same by its schema: sets whatever their order, text
 * without case where `caseIgnore`, numbers and instants by what they mean. A value that its own
 * schema refuses is compared as it is written.
 */
export function equalValues(
  schema: AttributeSchema,
  a: Value | null | undefined,
  b: Value | null | undefined,
): boolean {
  if (a === b) return true;
  const one = keysOf(schema, a);
  const other = keysOf(schema, b);
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}

function keysOf(schema: AttributeSchema, value: Value | null | undefined): readonly string[] {
  if (value === null || value === undefined || value === "") return [];
  if (!Array.isArray(value)) return [scalarKey(schema, value as Scalar)];
  const keys = (value as readonly Scalar[])
    .filter((each) => each !== "")
    .map((each) => scalarKey(schema, each));
  return schema.ordered === true ? keys : [...new Set(keys)].sort();
}

/** Equal for two scalars exactly when the schema calls them equal. */
export function scalarKey(schema: AttributeSchema, scalar: Scalar): string {
  if (typeof scalar === "object") return `@${scalar.by ?? ""}:${scalar.ref}`;
  if (schema.type === "string" || schema.type === "reference") {
    return `=${schema.caseIgnore === true ? casefold(String(scalar)) : String(scalar)}`;
  }
  if (schema.type === "binary") return `=${String(scalar)}`;
  try {
    const known = toScalar(schema, scalar);
    return `=${typeof known === "object" ? "" : String(known)}`;
  } catch (error) {
    if (error instanceof ValueFailure) return `?${String(scalar)}`;
    throw error;
  }
}
