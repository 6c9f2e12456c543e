import type { ASTNode } from "@marcbachmann/cel-js";
import { ExpressionError, type Scope, type Typed } from "./scope.js";
import { describe, fits, type Runtime, type Type } from "./types.js";

/** A variable of a list function (`roles.exists(r, …)`). */
export interface Local {
  readonly name: string;
  readonly slot: number;
  readonly type: Type;
}

/** What the names in the tree stand for. */
export interface Names {
  readonly scope: Scope;
  readonly locals: readonly Local[];
  /** Compiles a node below the one at hand. Throws ExpressionError. */
  readonly compile: (node: ASTNode, names: Names) => Typed;
}

export function invalid(node: ASTNode, message: string): ExpressionError {
  return new ExpressionError("RULE_EXPRESSION_INVALID", node.start, message);
}

export function mismatch(node: ASTNode, message: string): ExpressionError {
  return new ExpressionError("RULE_EXPRESSION_TYPE", node.start, message);
}

/** Throws ExpressionError unless a compiled node can be what is wanted. */
export function expectType(node: ASTNode, given: Typed, wanted: Type, where = "here"): Typed {
  if (fits(given.type, wanted)) return given;
  throw mismatch(node, `${describe(wanted)} is needed ${where}, not ${describe(given.type)}`);
}

export function expectCount(
  node: ASTNode,
  name: string,
  given: readonly ASTNode[],
  [least, most]: readonly [number, number],
  says: string,
): void {
  if (given.length >= least && given.length <= most) return;
  const wanted = least === most ? `${least}` : `${least} to ${most}`;
  throw invalid(node, `${name} (${says}) takes ${wanted} argument(s), not ${given.length}`);
}

/** A text that must be written in the expression, so it can be checked before it runs. */
export function expectLiteral(node: ASTNode, name: string): string {
  if (node.op === "value" && typeof node.args === "string") return node.args;
  throw mismatch(node, `${name} needs a text written here, not a computed one`);
}

export function constant(type: Type, value: Runtime): Typed {
  return { type, run: () => value, constant: value };
}
