import type { SqlDialect } from "./dialect.js";
import type { SqlCell } from "./session.js";

/** A value of a statement. It is bound, never part of the text; `as` may put a cast around. */
export interface BoundValue {
  readonly cell: SqlCell;
  readonly as?: ((placeholder: string) => string) | undefined;
}

/** A statement in parts: words of ours or of the configuration, and values. */
export type Statement = readonly (string | BoundValue)[];

/** The text that the server parses and the values that go beside it. */
export function render(
  dialect: SqlDialect, statement: Statement,
): { readonly text: string; readonly values: readonly SqlCell[] } {
  const values: SqlCell[] = [];
  const texts = statement.map((part) => {
    if (typeof part === "string") return part;
    values.push(part.cell);
    const placeholder = dialect.placeholder(values.length);
    return part.as === undefined ? placeholder : part.as(placeholder);
  });
  return { text: texts.join(""), values };
}

/** Statements one after the other with words between them. */
export function joined(parts: readonly Statement[], between: string): Statement {
  return parts.flatMap((part, at) => (at === 0 ? part : [between, ...part]));
}
