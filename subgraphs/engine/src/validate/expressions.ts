import { compileExpression, type Expression } from "../language/expression.js";
import { ExpressionError, type Scope } from "../language/scope.js";
import { bool, type Type } from "../language/types.js";
import type { Context } from "./context.js";
import type { Path } from "./problems.js";

/** Checks an expression; undefined (and a problem that says where) when it cannot be used. */
export function checkExpression(
  context: Context,
  value: unknown,
  path: Path,
  scope: Scope,
  wanted?: Type,
): Expression | undefined {
  if (typeof value !== "string") {
    context.problems.shape(value, path, "an expression (text)");
    return undefined;
  }
  try {
    return compileExpression(value, scope, wanted);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    context.problems.add(error.code, path, `${place(value, error.at)}: ${error.message}`);
    return undefined;
  }
}

export function checkCondition(context: Context, value: unknown, path: Path, scope: Scope): void {
  checkExpression(context, value, path, scope, bool);
}

/** Where in the text, counted from 1 as editors do, with what stands there. */
function place(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  const column = (before.at(-1) ?? "").length + 1;
  const where = before.length === 1 ? `at ${column}` : `at line ${before.length}, ${column}`;
  const found = text.slice(at, at + 24).split("\n")[0];
  return found === "" || found === undefined ? `${where} (the end)` : `${where} ("${found}")`;
}
