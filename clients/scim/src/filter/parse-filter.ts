import { badRequest, type ScimType } from "../scim-error.js";
import { compareOperators, type CompareOperator, type Filter, type Literal } from "./filter.js";
import { tokensOf, type Token } from "./tokens.js";

const depthMax = 20;
const termsMax = 200;

/**
 * A filter of RFC 7644 §3.4.2.2: `or` binds weaker than `and`, `and` than `not`; operators in any
 * case. Also reads `emails[type eq "work"].value eq "x"`, which clients send and the grammar lacks.
 * Throws invalidFilter.
 */
export function parseFilter(source: string): Filter {
  const parser = new FilterParser(tokensOf(source, "invalidFilter"), "invalidFilter");
  const filter = parser.expression(0);
  parser.end();
  return filter;
}

/** Reads tokens one after the other. */
export class FilterParser {
  readonly #tokens: readonly Token[];
  readonly #refusal: ScimType;
  #next = 0;
  #terms = 0;

  constructor(tokens: readonly Token[], refusal: ScimType) {
    this.#tokens = tokens;
    this.#refusal = refusal;
  }

  expression(depth: number): Filter {
    if (depth > depthMax) throw badRequest(this.#refusal, `nested more than ${depthMax} deep`);
    return this.#several("or", () => this.#several("and", () => this.#term(depth)));
  }

  /** An attribute path. */
  path(): string {
    const token = this.take();
    if (token?.kind !== "word") throw this.unexpected(token);
    return token.text;
  }

  takeMark(text: "(" | ")" | "[" | "]"): boolean {
    const token = this.#tokens[this.#next];
    if (token?.kind !== "mark" || token.text !== text) return false;
    this.#next += 1;
    return true;
  }

  /** `.name` right behind a bracket. */
  takePart(): string | undefined {
    const token = this.#tokens[this.#next];
    if (token?.kind !== "word" || !token.text.startsWith(".")) return undefined;
    this.#next += 1;
    return token.text.slice(1);
  }

  take(): Token | undefined {
    const token = this.#tokens[this.#next];
    this.#next += 1;
    return token;
  }

  end(): void {
    const token = this.#tokens[this.#next];
    if (token !== undefined) throw this.unexpected(token);
  }

  unexpected(token: Token | undefined): Error {
    const where = token === undefined ? "at the end" : `at character ${token.at + 1}`;
    return badRequest(this.#refusal, `not understood ${where}`);
  }

  #several(kind: "and" | "or", read: () => Filter): Filter {
    const first = read();
    const of = [first];
    while (this.#takeWord(kind)) of.push(read());
    return of.length === 1 ? first : { kind, of };
  }

  #term(depth: number): Filter {
    this.#terms += 1;
    if (this.#terms > termsMax) throw badRequest(this.#refusal, `more than ${termsMax} terms`);
    if (this.takeMark("(")) return this.#closed(this.expression(depth + 1), ")");
    if (this.#isNegation()) {
      this.#next += 2;
      return { kind: "not", of: this.#closed(this.expression(depth + 1), ")") };
    }
    const path = this.path();
    if (!this.takeMark("[")) return this.#comparison(path);
    const of = this.#closed(this.expression(depth + 1), "]");
    const part = this.takePart();
    if (part === undefined) return { kind: "values", path, of };
    return { kind: "values", path, of: { kind: "and", of: [of, this.#comparison(part)] } };
  }

  /** `not` with a bracket behind it: without one it would be an attribute of that name. */
  #isNegation(): boolean {
    const [token, behind] = this.#tokens.slice(this.#next, this.#next + 2);
    return token?.kind === "word" && token.text.toLowerCase() === "not"
      && behind?.kind === "mark" && behind.text === "(";
  }

  #comparison(path: string): Filter {
    const token = this.take();
    if (token?.kind !== "word") throw this.unexpected(token);
    const operator = token.text.toLowerCase();
    if (operator === "pr") return { kind: "present", path };
    if (!isOperator(operator)) throw this.unexpected(token);
    return { kind: "compare", path, operator, value: this.#value() };
  }

  #value(): Literal | null {
    const token = this.take();
    if (token?.kind === "literal") return token.value;
    const word = token?.kind === "word" ? token.text.toLowerCase() : "";
    if (word === "true" || word === "false") return word === "true";
    if (word === "null") return null;
    throw this.unexpected(token);
  }

  #closed(filter: Filter, by: ")" | "]"): Filter {
    if (this.takeMark(by)) return filter;
    throw this.unexpected(this.#tokens[this.#next]);
  }

  #takeWord(wanted: string): boolean {
    const token = this.#tokens[this.#next];
    if (token?.kind !== "word" || token.text.toLowerCase() !== wanted) return false;
    this.#next += 1;
    return true;
  }
}

function isOperator(text: string): text is CompareOperator {
  return (compareOperators as readonly string[]).includes(text);
}
