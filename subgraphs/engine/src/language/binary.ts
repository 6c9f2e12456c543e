import type { ASTNode } from "@marcbachmann/cel-js";
import { dayMs } from "../dates.js";
import { expectType, mismatch, type Names } from "./checks.js";
import { asList, calculate, compare, equal, type Arithmetic } from "./operators.js";
import { suggestion } from "../names.js";
import { ExpressionError, type Run, type Typed } from "./scope.js";
import { any, bool, describe, fits, isNumber, listOf, unify, type Type } from "./types.js";

type Comparison = "<" | "<=" | ">" | ">=" | "==" | "!=";
type BinaryNode = Extract<ASTNode, { readonly op: Comparison | Arithmetic | "in" }>;

const operators = ["<", "<=", ">", ">=", "==", "!=", "+", "-", "*", "/", "%", "in"];

export function isBinaryOperator(node: ASTNode): node is BinaryNode {
  return operators.includes(node.op);
}

export function compileBinary(node: BinaryNode, names: Names): Typed {
  const left = names.compile(node.args[0], names);
  const right = names.compile(node.args[1], names);
  switch (node.op) {
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return {
        type: bool,
        run: daysComparison(node, left, right) ?? comparison(node, left, right),
      };
    case "in":
      return compileIn(node, left, right);
    default:
      return compileArithmetic(node, node.op, left, right);
  }
}

function mixed(node: BinaryNode, left: Typed, right: Typed): Error {
  const both = `${describe(left.type)} and ${describe(right.type)}`;
  const names = [left.type.name, right.type.name];
  const numeric = names.includes("int") || names.includes("double");
  const hint = numeric && names.includes("text") ? "; int(), double() or string() convert" : "";
  return mismatch(node, `"${node.op}" cannot take ${both}${hint}`);
}

function comparison(node: BinaryNode, left: Typed, right: Typed): Run {
  const type = unify(left.type, right.type);
  if (type === undefined) throw mixed(node, left, right);
  checkWords(node.args[1], left, right.constant);
  checkWords(node.args[0], right, left.constant);
  if (node.op === "==") return equality(left, right);
  if (node.op === "!=") {
    const same = equality(left, right);
    return (frame) => same(frame) !== true;
  }
  if (!["any", "absent", "int", "double", "text"].includes(type.name)) {
    throw mixed(node, left, right);
  }
  return ordering(node.op as Comparison, left.run, right.run);
}

function ordering(op: Comparison, left: Run, right: Run): Run {
  const holds = orderings[op];
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    return a === null || b === null ? null : holds(compare(a, b));
  };
}

/** What the sign of a comparison says. */
const orderings: Readonly<Record<Comparison, (sign: number) => boolean>> = {
  "<": (sign) => sign < 0,
  "<=": (sign) => sign <= 0,
  ">": (sign) => sign > 0,
  ">=": (sign) => sign >= 0,
  "==": (sign) => sign === 0,
  "!=": (sign) => sign !== 0,
};

/** A value that is one of a few known words is compared with those only. */
function checkWords(node: ASTNode, value: Typed, written: Typed["constant"]): void {
  if (value.words === undefined) return;
  for (const word of Array.isArray(written) ? written : [written]) {
    if (typeof word !== "string" || value.words.includes(word)) continue;
    throw new ExpressionError(
      "RULE_UNKNOWN_WORD",
      node.start,
      `"${word}" is none of the known words${suggestion(word, value.words)}`,
    );
  }
}

/** A comparison with a written value is the common case and needs no look at types. */
function equality(left: Typed, right: Typed): Run {
  const [a, b] = [left.run, right.run];
  const fixed = right.constant;
  if (typeof fixed === "string" || typeof fixed === "boolean") return (frame) => a(frame) === fixed;
  return (frame) => equal(a(frame), b(frame));
}

function compileIn(node: BinaryNode, left: Typed, right: Typed): Typed {
  const list = expectType(node.args[1], right, listOf(any), "after in");
  if (!fits(left.type, list.type.of ?? any)) throw mixed(node, left, right);
  checkWords(node.args[1], left, list.constant);
  const [a, b] = [left.run, list.run];
  if (Array.isArray(list.constant) && list.constant.every((each) => typeof each === "string")) {
    const fixed: ReadonlySet<unknown> = new Set(list.constant);
    return { type: bool, run: (frame) => fixed.has(a(frame)) };
  }
  return {
    type: bool,
    run: (frame) => {
      const wanted = a(frame);
      const values = asList(b(frame));
      frame.spend(values.length);
      return wanted !== null && values.some((each) => equal(wanted, each));
    },
  };
}

function compileArithmetic(node: BinaryNode, op: Arithmetic, left: Typed, right: Typed): Typed {
  const type = unify(left.type, right.type);
  if (type === undefined || !canCalculate(op, type)) throw mixed(node, left, right);
  const asDouble = type.name === "double";
  const [a, b] = [left.run, right.run];
  return {
    type,
    run: (frame) => {
      frame.spend(1);
      return calculate(op, a(frame), b(frame), asDouble);
    },
  };
}

function canCalculate(op: Arithmetic, type: Type): boolean {
  if (isNumber(type) || type.name === "any" || type.name === "absent") return true;
  return op === "+" && (type.name === "text" || type.name === "list");
}

/** The days from which on `daysSince(x) <op> n` may read differently. */
const turns: Readonly<Record<Comparison, readonly number[]>> = {
  "<": [0],
  ">=": [0],
  "<=": [1],
  ">": [1],
  "==": [0, 1],
  "!=": [0, 1],
};

const flipped: Readonly<Record<Comparison, Comparison>> = {
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
  "==": "==",
  "!=": "!=",
};

/**
 * `daysSince(x) > 90` changes once, not every midnight: the object is due on the day that matters
 * instead of daily.
 */
function daysComparison(node: BinaryNode, left: Typed, right: Typed): Run | undefined {
  if (node.op === "in" || !(node.op in turns)) return undefined;
  const op = node.op as Comparison;
  if (left.daysFrom === undefined) {
    if (right.daysFrom === undefined) return undefined;
    return daysRun(flipped[op], right.daysFrom, left.constant);
  }
  return daysRun(op, left.daysFrom, right.constant);
}

function daysRun(
  op: Comparison,
  daysFrom: NonNullable<Typed["daysFrom"]>,
  limit: Typed["constant"],
): Run | undefined {
  if (typeof limit !== "number" || !Number.isSafeInteger(limit)) return undefined;
  const holds = orderings[op];
  const isEquality = op === "==" || op === "!=";
  const ifAbsent = isEquality ? op === "!=" : null;
  return (frame) => {
    const from = daysFrom(frame);
    if (from === null) return ifAbsent;
    for (const turn of turns[op]) frame.dueAt(from + (limit + turn) * dayMs);
    return holds(Math.floor((frame.now - from) / dayMs) - limit);
  };
}
