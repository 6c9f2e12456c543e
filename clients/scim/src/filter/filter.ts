import type { AttributePath } from "../schema/path.js";

export const compareOperators = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"] as const;
export type CompareOperator = (typeof compareOperators)[number];

export type Literal = string | number | boolean;

/** A filter as it is written, over names that nobody has looked up yet. */
export type Filter =
  | { readonly kind: "and" | "or"; readonly of: readonly Filter[] }
  | { readonly kind: "not"; readonly of: Filter }
  | { readonly kind: "present"; readonly path: string }
  | {
      readonly kind: "compare";
      readonly path: string;
      readonly operator: CompareOperator;
      readonly value: Literal | null;
    }
  | { readonly kind: "values"; readonly path: string; readonly of: Filter };

/**
 * A filter whose attributes are those of a schema and whose values have the attributes' types.
 * `ne` is "not eq" and `eq null` "not present". Inside of `values` paths are parts of one value.
 */
export type BoundFilter =
  | { readonly kind: "and" | "or"; readonly of: readonly BoundFilter[] }
  | { readonly kind: "not"; readonly of: BoundFilter }
  | { readonly kind: "present"; readonly path: AttributePath }
  | {
      readonly kind: "compare";
      readonly path: AttributePath;
      readonly operator: Exclude<CompareOperator, "ne">;
      /** Text of an attribute without case is folded, an instant is as `toISOString` writes it. */
      readonly value: Literal;
    }
  | { readonly kind: "values"; readonly path: AttributePath; readonly of: BoundFilter };

/** Fits nothing: one of none is right. */
export const fitsNothing: BoundFilter = { kind: "or", of: [] };

/** Text as it is compared where case does not matter. */
export function fold(text: string): string {
  return text.toLowerCase();
}
