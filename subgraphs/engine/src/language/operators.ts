import { ValueFailure } from "../failure.js";
import { isReference, textUnitsMax, valuesMax } from "../values.js";
import type { Runtime } from "./types.js";

const int64Max = 2n ** 63n - 1n;
const int64Min = -(2n ** 63n);

export function mistyped(wanted: string): never {
  throw new ValueFailure(
    "EXPRESSION_TYPE",
    `an operation needs ${wanted} and was given another type`,
  );
}

/** Equality of CEL, and: a reference equals one with the same target; nothing equals nothing. */
export function equal(a: Runtime, b: Runtime): boolean {
  if (a === b) return true;
  if (isNumeric(a) || isNumeric(b)) {
    const one = toNumeric(a);
    const other = toNumeric(b);
    return one !== undefined && other !== undefined && !(one < other) && !(one > other);
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (isReference(a)) return isReference(b) && a.ref === b.ref;
  if (isReference(b) || a.length !== b.length) return false;
  return a.every((each, at) => equal(each, b[at] as Runtime));
}

/** Less than, equal to or more than 0, as `a` is to `b`. Neither is absent. */
export function compare(a: Runtime, b: Runtime): number {
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  const one = toNumeric(a);
  const other = toNumeric(b);
  if (one === undefined || other === undefined) return mistyped("two numbers or two texts");
  return one < other ? -1 : one > other ? 1 : 0;
}

const integerText = /^[+-]?\d{1,40}$/;

/**
 * Integers beyond 2^53 are stored as text. Where the other side is a number they are numbers;
 * validation has seen that no ordinary text comes here.
 */
function toNumeric(value: Runtime): number | bigint | undefined {
  if (isNumeric(value)) return value;
  if (typeof value !== "string" || !integerText.test(value)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value.replace(/^\+/, ""));
}

export function isNumeric(value: Runtime): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

export type Arithmetic = "+" | "-" | "*" | "/" | "%";

/** Integers stay integers (`7 / 2` is 3); with a fraction on either side the result has one. */
export function calculate(op: Arithmetic, a: Runtime, b: Runtime, asDouble: boolean): Runtime {
  if (a === null || b === null) return null;
  if (isNumeric(a) || isNumeric(b) || op !== "+") {
    const one = toNumeric(a);
    const other = toNumeric(b);
    if (one === undefined || other === undefined) return mistyped("two numbers");
    const whole = !asDouble && isWhole(one) && isWhole(other);
    return whole ? calculateWhole(op, one, other) : calculateDouble(op, Number(one), Number(other));
  }
  if (typeof a === "string" && typeof b === "string") return checkedText(a + b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return checkedList((a as readonly Runtime[]).concat(b as readonly Runtime[]));
  }
  return mistyped("two numbers, two texts or two lists");
}

function isWhole(value: number | bigint): boolean {
  return typeof value === "bigint" || Number.isInteger(value);
}

function calculateDouble(op: Arithmetic, a: number, b: number): number {
  const result = { "+": a + b, "-": a - b, "*": a * b, "/": a / b, "%": a % b }[op];
  if (Number.isFinite(result)) return result;
  throw new ValueFailure("EXPRESSION_VALUE", "division by zero or a number too large");
}

function calculateWhole(op: Arithmetic, a: number | bigint, b: number | bigint): number | bigint {
  if ((op === "/" || op === "%") && Number(b) === 0) {
    throw new ValueFailure("EXPRESSION_VALUE", "division by zero");
  }
  if (typeof a === "number" && typeof b === "number") {
    const quick = op === "/" ? Math.trunc(a / b) : calculateDouble(op, a, b);
    if (Number.isSafeInteger(quick)) return quick + 0;
  }
  const [left, right] = [BigInt(a), BigInt(b)];
  switch (op) {
    case "+":
      return toInt(left + right);
    case "-":
      return toInt(left - right);
    case "*":
      return toInt(left * right);
    case "/":
      return toInt(left / right);
    case "%":
      return toInt(left % right);
  }
}

/** A number where it is exact, a bigint beyond; 64 bits at most, as CEL has it. */
export function toInt(value: bigint): number | bigint {
  if (value > int64Max || value < int64Min) {
    throw new ValueFailure("EXPRESSION_VALUE", "an integer beyond 64 bits");
  }
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function negate(value: Runtime): Runtime {
  if (value === null) return null;
  if (typeof value === "number") return 0 - value;
  return typeof value === "bigint" ? toInt(-value) : mistyped("a number");
}

/** Absent is false. */
export function truth(value: Runtime): boolean {
  if (typeof value === "boolean") return value;
  return value === null ? false : mistyped("true or false");
}

/** Absent is the empty list, a single value a list of one: sources store both ways. */
export function asList(value: Runtime): readonly Runtime[] {
  if (Array.isArray(value)) return value as readonly Runtime[];
  return value === null ? [] : [value];
}

export function checkedText(value: string): string {
  if (value.length <= textUnitsMax) return value;
  throw new ValueFailure("EXPRESSION_LIMIT", `a text over ${textUnitsMax} characters`);
}

export function checkedList(value: readonly Runtime[]): readonly Runtime[] {
  if (value.length <= valuesMax) return value;
  throw new ValueFailure("EXPRESSION_LIMIT", `a list over ${valuesMax} elements`);
}

export function asText(value: Runtime): string {
  return typeof value === "string" ? value : mistyped("text");
}

/** Long texts cost more than short ones. */
export function costOf(value: Runtime): number {
  return typeof value === "string" ? 1 + (value.length >>> 10) : 1;
}
