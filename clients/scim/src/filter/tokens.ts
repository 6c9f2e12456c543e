import { badRequest, type ScimType } from "../scim-error.js";

export type Token =
  | { readonly kind: "word"; readonly text: string; readonly at: number }
  | { readonly kind: "literal"; readonly value: string | number; readonly at: number }
  | { readonly kind: "mark"; readonly text: "(" | ")" | "[" | "]"; readonly at: number };

/** A longer filter is refused unread. */
export const filterLengthMax = 8_192;

const blank = /[ \t\r\n]+/y;
const text = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w$.:-])/y;
/** Attribute names, URNs before them, `.part` after a closing bracket, operators and keywords. */
const word = /[A-Za-z$.][\w$.:-]*/y;

/** Cuts the text of a filter or a path. Throws `refusal`, naming the place only. */
export function tokensOf(source: string, refusal: ScimType): Token[] {
  if (source.length > filterLengthMax) {
    throw badRequest(refusal, `longer than ${filterLengthMax} characters`);
  }
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  while (at < source.length) {
    if (take(blank) !== undefined) continue;
    const start = at;
    const mark = source.charAt(at);
    if (mark === "(" || mark === ")" || mark === "[" || mark === "]") {
      tokens.push({ kind: "mark", text: mark, at: start });
      at += 1;
      continue;
    }
    const quoted = take(text);
    if (quoted !== undefined) {
      tokens.push({ kind: "literal", value: unquoted(quoted, start, refusal), at: start });
      continue;
    }
    const digits = take(number);
    if (digits !== undefined) {
      tokens.push({ kind: "literal", value: Number(digits), at: start });
      continue;
    }
    const name = take(word);
    if (name === undefined) throw badRequest(refusal, `not understood at character ${at + 1}`);
    tokens.push({ kind: "word", text: name, at: start });
  }
  return tokens;
}

/** RFC 7644 §3.4.2.2: values are JSON, so their escapes are JSON's. */
function unquoted(quoted: string, at: number, refusal: ScimType): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw badRequest(refusal, `no JSON string at character ${at + 1}`);
  }
}
