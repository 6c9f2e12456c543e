import type { SqlDialectName } from "./configuration.js";

/** What a statement is made of, as far as values and ends of statements go. */
export type SqlToken =
  | { readonly kind: "text" | "quoted"; readonly text: string }
  | { readonly kind: "comment"; readonly text: string }
  | { readonly kind: "parameter"; readonly text: string; readonly name: string }
  | { readonly kind: "end"; readonly text: string };

interface Lexicon {
  readonly quoted: readonly RegExp[];
  readonly comments: readonly RegExp[];
  /** Places for values in the driver's own way, which would mix with ours. */
  readonly placeholder: RegExp;
}

const nested = /\/\*(?:[^*/]|\*(?!\/)|\/(?!\*))*\*\//y;
const lexicons: Readonly<Record<SqlDialectName, Lexicon>> = {
  postgresql: {
    quoted: [
      /[eE]'(?:[^'\\]|\\[^]|'')*'/y, /'(?:[^']|'')*'/y, /"(?:[^"]|"")*"/y,
      /\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[^]*?\$\1\$/y,
    ],
    comments: [/--[^\n\r]*/y, nested],
    placeholder: /\$\d+/y,
  },
  mysql: {
    quoted: [/'(?:[^'\\]|\\[^]|'')*'/y, /"(?:[^"\\]|\\[^]|"")*"/y, /`(?:[^`]|``)*`/y],
    comments: [/--(?=[\s]|$)[^\n\r]*/y, /#[^\n\r]*/y, nested],
    placeholder: /\?/y,
  },
  sqlserver: {
    quoted: [/[nN]?'(?:[^']|'')*'/y, /"(?:[^"]|"")*"/y, /\[(?:[^\]]|\]\])*\]/y],
    comments: [/--[^\n\r]*/y, nested],
    placeholder: /@(?:p\d|joinery_)/iy,
  },
};

const parameter = /:(?:([A-Za-z_]\w*)|"((?:[^"]|"")+)")/y;
/** A cast (`::`), an assignment (`:=`), a word or a number; `e'` would begin a quoted text. */
const plain = /::|:=|[\w\u0080-\uffff]+|[^]/y;

/** Thrown for a text that is no statement: a quote or a comment without its end. */
export class BrokenStatement extends Error {}

/** The tokens of a text, quotes and comments whole. Throws BrokenStatement. */
export function tokensOf(dialect: SqlDialectName, text: string): readonly SqlToken[] {
  const { quoted, comments, placeholder } = lexicons[dialect];
  const tokens: SqlToken[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  const first = (patterns: readonly RegExp[]): string | undefined => {
    for (const pattern of patterns) {
      const found = match(pattern);
      if (found !== null) return found[0];
    }
    return undefined;
  };
  while (at < text.length) {
    const comment = first(comments);
    const literal = comment === undefined ? first(quoted) : undefined;
    const named = match(parameter);
    let token: SqlToken;
    if (comment !== undefined) token = { kind: "comment", text: comment };
    else if (literal !== undefined) token = { kind: "quoted", text: literal };
    else if (named !== null) {
      const name = named[1] ?? (named[2] as string).replaceAll('""', '"');
      token = { kind: "parameter", text: named[0], name };
    } else if (match(placeholder) !== null) {
      throw new BrokenStatement("has values as :name, in no other way");
    } else if (dialect === "sqlserver" && text[at] === "[") {
      throw new BrokenStatement("has a quote without an end");
    } else token = plainToken(match(plain)?.[0] as string, text.slice(at, at + 2));
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function plainToken(text: string, ahead: string): SqlToken {
  if (text === ";") return { kind: "end", text };
  if (/^['"`]/.test(text)) throw new BrokenStatement("has a quote without an end");
  if (ahead === "/*") throw new BrokenStatement("has a comment without an end, or one in another");
  if (text === "\0") throw new BrokenStatement("holds U+0000");
  return { kind: "text", text };
}
