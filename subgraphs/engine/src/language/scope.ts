import type { Frame } from "./frame.js";
import type { Runtime, Type } from "./types.js";

/** Computes one node of an expression. Throws ValueFailure. */
export type Run = (frame: Frame) => Runtime;

/** A compiled node. */
export interface Typed {
  readonly type: Type;
  readonly run: Run;
  /** Its value where it is written down in the expression. */
  readonly constant?: Runtime;
  /** All that it can be, where these are a few known words. */
  readonly words?: readonly string[];
  /** For `daysSince(x)`: from when days are counted, so comparisons know when they change. */
  readonly daysFrom?: (frame: Frame) => number | null;
}

/** What a variable name stands for. */
export type Root =
  | {
      readonly kind: "object";
      /** Undefined for a name that the object does not have. */
      readonly read: (name: string) => Typed | undefined;
      readonly names: () => readonly string[];
    }
  | { readonly kind: "value"; readonly value: Typed };

/** What an expression may speak of. */
export interface Scope {
  /** Its variables. */
  readonly roots: ReadonlyMap<string, Root>;
  /** It must not depend on the time. */
  readonly timeless?: true;
}

export type ExpressionCode =
  | "RULE_EXPRESSION_INVALID"
  | "RULE_EXPRESSION_TYPE"
  | "RULE_EXPRESSION_TOO_LARGE"
  | "RULE_UNKNOWN_ATTRIBUTE"
  | "RULE_UNKNOWN_VARIABLE"
  | "RULE_UNKNOWN_FUNCTION"
  | "RULE_UNKNOWN_WORD"
  | "RULE_PATTERN_INVALID"
  | "RULE_OFFSET_INVALID"
  | "RULE_DATE_FORMAT_INVALID";

/** What is wrong with an expression, and where. */
export class ExpressionError extends Error {
  readonly code: ExpressionCode;
  /** UTF-16 position in the expression, from 0. */
  readonly at: number;

  constructor(code: ExpressionCode, at: number, message: string) {
    super(message);
    this.code = code;
    this.at = at;
  }
}
