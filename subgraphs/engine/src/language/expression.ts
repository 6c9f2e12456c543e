import { Environment, ParseError, type ASTNode } from "@marcbachmann/cel-js";
import { compileNode } from "./compile.js";
import type { Frame } from "./frame.js";
import { ExpressionError, type Run, type Scope } from "./scope.js";
import { describe, fits, type Runtime, type Type } from "./types.js";

/** Bounds of one expression. */
export const expressionLimits = {
  characters: 16_384,
  nodes: 2_000,
  depth: 64,
  listElements: 1_000,
  arguments: 16,
} as const;

/**
 * The library reads the text (CEL's grammar, with its limits); what the tree means is ours, see
 * README. Nothing is registered here, so nothing of the library is ever evaluated.
 */
const grammar = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  limits: {
    maxAstNodes: expressionLimits.nodes,
    maxDepth: expressionLimits.depth,
    maxListElements: expressionLimits.listElements,
    maxMapEntries: expressionLimits.listElements,
    maxCallArguments: expressionLimits.arguments,
  },
});

export interface Expression {
  readonly type: Type;
  readonly run: Run;
}

/**
 * Reads, checks and compiles an expression. Throws ExpressionError when it is not CEL, names what
 * does not exist, mixes types that cannot be mixed, is too large, or cannot yield what is `wanted`.
 */
export function compileExpression(text: string, scope: Scope, wanted?: Type): Expression {
  const compiled = compileNode(parse(text), { scope, locals: [], compile: compileNode });
  if (wanted !== undefined && !fits(compiled.type, wanted)) {
    throw new ExpressionError(
      "RULE_EXPRESSION_TYPE",
      0,
      `must yield ${describe(wanted)}, but yields ${describe(compiled.type)}`,
    );
  }
  return { type: compiled.type, run: compiled.run };
}

/** Computes an expression for the object that the frame holds. Throws ValueFailure. */
export function evaluate(run: Run, frame: Frame): Runtime {
  frame.steps = 0;
  return run(frame);
}

function parse(text: string): ASTNode {
  if (text.length > expressionLimits.characters) {
    throw tooLarge(
      expressionLimits.characters,
      `more than ${expressionLimits.characters} characters`,
    );
  }
  try {
    return grammar.parse(text).ast;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const at = error.range?.start ?? 0;
    if (error.code.includes("limit")) throw tooLarge(at, error.summary);
    throw new ExpressionError("RULE_EXPRESSION_INVALID", at, error.summary);
  }
}

function tooLarge(at: number, message: string): ExpressionError {
  return new ExpressionError("RULE_EXPRESSION_TOO_LARGE", at, message);
}
