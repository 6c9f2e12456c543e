import type { ASTNode } from "@marcbachmann/cel-js";
import { RE2JS } from "re2js";
import { dateReader } from "../dates.js";
import { ValueFailure } from "../failure.js";
import { suggestion } from "../names.js";
import { compileNode, expectType, invalid, mismatch, type Names } from "./compile.js";
import { compileMoment, momentFunctions } from "./moments.js";
import { compileOverList, listFunctions } from "./lists.js";
import { asText, functions, type FunctionSpec } from "./functions.js";
import { ExpressionError, type Run, type Typed } from "./scope.js";
import { bool, text, type Runtime } from "./types.js";

const patternCharactersMax = 500;

/** A call in either form; `arguments_` has the receiver first. Throws ExpressionError. */
export function compileCall(
  node: ASTNode,
  name: string,
  given: readonly ASTNode[],
  names: Names,
): Typed {
  if (name === "has") return compileHas(node, given, names);
  if (name === "matches") return compileMatches(node, given, names);
  if (name === "extract") return compileExtract(node, given, names);
  if (name === "date") return compileDate(node, given, names);
  if (Object.hasOwn(momentFunctions, name)) return compileMoment(node, name, given, names);
  if (listFunctions.includes(name)) return compileOverList(node, name, given, names);
  const spec = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (spec !== undefined) return compileFunction(node, name, spec, given, names);
  throw new ExpressionError(
    "RULE_UNKNOWN_FUNCTION",
    node.start,
    `there is no function "${name}"${suggestion(name, functionNames())}`,
  );
}

export function functionNames(): readonly string[] {
  const special = [
    "has",
    "matches",
    "extract",
    "date",
    ...Object.keys(momentFunctions),
    ...listFunctions,
  ];
  return [...Object.keys(functions), ...special].sort();
}

export function expectCount(
  node: ASTNode,
  name: string,
  given: readonly ASTNode[],
  least: number,
  most: number,
): void {
  if (given.length >= least && given.length <= most) return;
  const wanted = least === most ? `${least}` : `${least} to ${most}`;
  throw invalid(node, `${name} takes ${wanted} argument(s), not ${given.length}`);
}

/** A text that must be written in the expression, so it can be checked before it runs. */
export function expectLiteral(node: ASTNode, name: string): string {
  if (node.op === "value" && typeof node.args === "string") return node.args;
  throw mismatch(node, `${name} needs a text written here, not a computed one`);
}

function compileHas(node: ASTNode, given: readonly ASTNode[], names: Names): Typed {
  expectCount(node, "has", given, 1, 1);
  const value = compileNode(given[0] as ASTNode, names).run;
  return {
    type: bool,
    run: (frame) => {
      const found = value(frame);
      return found !== null && found !== "" && !(Array.isArray(found) && found.length === 0);
    },
  };
}

/** RE2 answers in time linear in the text, whatever the pattern (https://github.com/google/re2). */
function compileMatches(node: ASTNode, given: readonly ASTNode[], names: Names): Typed {
  expectCount(node, "matches", given, 2, 2);
  const [subject, patternNode] = given as readonly [ASTNode, ASTNode];
  const value = expectType(subject, compileNode(subject, names), text, "for matches").run;
  const pattern = compilePattern(patternNode, expectLiteral(patternNode, "matches"));
  return {
    type: bool,
    run: (frame) => {
      const found = value(frame);
      frame.spend(costOf(found));
      return found !== null && pattern.test(asText(found));
    },
  };
}

/** What the first group of the pattern matched, or the whole match when it has no group. */
function compileExtract(node: ASTNode, given: readonly ASTNode[], names: Names): Typed {
  expectCount(node, "extract", given, 2, 2);
  const [subject, patternNode] = given as readonly [ASTNode, ASTNode];
  const value = expectType(subject, compileNode(subject, names), text, "for extract").run;
  const pattern = compilePattern(patternNode, expectLiteral(patternNode, "extract"));
  return {
    type: text,
    run: (frame) => {
      const found = value(frame);
      frame.spend(costOf(found));
      const match = found === null ? null : pattern.exec(asText(found));
      return match === null ? null : (match[1] ?? (match.length === 1 ? match[0] : null));
    },
  };
}

/** Dates as HR systems write them, such as `date(account.born, "dd.MM.yyyy")`. */
function compileDate(node: ASTNode, given: readonly ASTNode[], names: Names): Typed {
  expectCount(node, "date", given, 2, 2);
  const [subject, formatNode] = given as readonly [ASTNode, ASTNode];
  const value = expectType(subject, compileNode(subject, names), text, "for date").run;
  const read = dateReader(expectLiteral(formatNode, "date"));
  if (read === undefined) {
    const message = "a date format is made of yyyy, MM or M, dd or d and what stands between them";
    throw new ExpressionError("RULE_DATE_FORMAT_INVALID", formatNode.start, message);
  }
  return {
    type: text,
    run: (frame) => {
      const found = value(frame);
      frame.spend(1);
      if (found === null) return null;
      const day = read(asText(found).trim());
      if (day !== undefined) return day;
      throw new ValueFailure("EXPRESSION_VALUE", "date() was given text of another format");
    },
  };
}

/** Long texts cost more than short ones. */
function costOf(value: Runtime): number {
  return typeof value === "string" ? 1 + (value.length >>> 10) : 1;
}

function compilePattern(node: ASTNode, pattern: string): RE2JS {
  if (pattern.length > patternCharactersMax) {
    throw patternError(node, `is longer than ${patternCharactersMax} characters`);
  }
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw patternError(node, `is not a regular expression of RE2: ${reason}`);
  }
}

function patternError(node: ASTNode, message: string): ExpressionError {
  return new ExpressionError("RULE_PATTERN_INVALID", node.start, `the pattern ${message}`);
}

function compileFunction(
  node: ASTNode,
  name: string,
  spec: FunctionSpec,
  given: readonly ASTNode[],
  names: Names,
): Typed {
  expectCount(node, name, given, spec.needs, spec.arguments.length);
  const typed = given.map((each, at) => {
    const wanted = spec.arguments[at];
    const compiled = compileNode(each, names);
    return wanted === undefined ? compiled : expectType(each, compiled, wanted, `for ${name}`);
  });
  const types = typed.map((each) => each.type);
  const type = typeof spec.result === "function" ? spec.result(types) : spec.result;
  const ifAbsent: Runtime = type.name === "bool" ? false : null;
  return {
    type,
    run: callOf(
      spec,
      typed.map((each) => each.run),
      ifAbsent,
    ),
  };
}

/** One closure per number of arguments: no array is made for a call. */
function callOf(spec: FunctionSpec, runs: readonly Run[], ifAbsent: Runtime): Run {
  const { call, seesAbsence = false } = spec;
  const [one, two, three] = runs as readonly [Run, Run?, Run?];
  if (two === undefined) {
    return (frame) => {
      const a = one(frame);
      frame.spend(costOf(a));
      return a === null && !seesAbsence ? ifAbsent : call(a, null, null);
    };
  }
  return (frame) => {
    const a = one(frame);
    const b = two(frame);
    const c = three === undefined ? null : three(frame);
    frame.spend(costOf(a));
    const missing = a === null || b === null || (c === null && three !== undefined);
    return missing && !seesAbsence ? ifAbsent : call(a, b, c);
  };
}
