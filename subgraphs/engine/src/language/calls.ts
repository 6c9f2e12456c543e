import type { ASTNode } from "@marcbachmann/cel-js";
import { suggestion } from "../names.js";
import { expectCount, expectType, type Names } from "./checks.js";
import { compilePattern, patternFunctions } from "./patterns.js";
import { compileDate, compileMoment, isMomentFunction, momentFunctions } from "./moments.js";
import { compileOverList, listFunctions } from "./lists.js";
import { functions, type FunctionSpec } from "./functions.js";
import { costOf } from "./operators.js";
import { ExpressionError, type Run, type Typed } from "./scope.js";
import { bool } from "./types.js";

/** A call in either form; the receiver stands first in `given`. Throws ExpressionError. */
export function compileCall(
  node: ASTNode,
  name: string,
  given: readonly ASTNode[],
  names: Names,
): Typed {
  if (name === "has") return compileHas(node, given, names);
  if (name === "matches" || name === "extract") return compilePattern(node, name, given, names);
  if (name === "date") return compileDate(node, given, names);
  if (isMomentFunction(name)) return compileMoment(node, name, given, names);
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
  const special = ["has", "date", ...patternFunctions, ...listFunctions];
  return [...Object.keys(functions), ...Object.keys(momentFunctions), ...special].sort();
}

function compileHas(node: ASTNode, given: readonly ASTNode[], names: Names): Typed {
  expectCount(node, "has", given, [1, 1], "whether it is there");
  const value = names.compile(given[0] as ASTNode, names).run;
  return {
    type: bool,
    run: (frame) => {
      const found = value(frame);
      return found !== null && found !== "" && !(Array.isArray(found) && found.length === 0);
    },
  };
}

function compileFunction(
  node: ASTNode,
  name: string,
  spec: FunctionSpec,
  given: readonly ASTNode[],
  names: Names,
): Typed {
  expectCount(node, name, given, [spec.needs, spec.arguments.length], spec.says);
  const typed = given.map((each, at) => {
    const wanted = spec.arguments[at];
    const compiled = names.compile(each, names);
    return wanted === undefined ? compiled : expectType(each, compiled, wanted, `for ${name}`);
  });
  const types = typed.map((each) => each.type);
  const type = typeof spec.result === "function" ? spec.result(types) : spec.result;
  return {
    type,
    run: callOf(
      spec,
      typed.map((each) => each.run),
    ),
  };
}

/** One closure per number of arguments: no array is made for a call. */
function callOf(spec: FunctionSpec, runs: readonly Run[]): Run {
  const { call, seesAbsence = false } = spec;
  const [one, two, three] = runs as readonly [Run, Run?, Run?];
  if (two === undefined) {
    return (frame) => {
      const a = one(frame);
      frame.spend(costOf(a));
      return a === null && !seesAbsence ? null : call(a, null, null);
    };
  }
  return (frame) => {
    const a = one(frame);
    const b = two(frame);
    const c = three === undefined ? null : three(frame);
    frame.spend(costOf(a));
    const missing = a === null || b === null || (c === null && three !== undefined);
    return missing && !seesAbsence ? null : call(a, b, c);
  };
}
