import type { SqlDialectName } from "./configuration.js";
import { BrokenStatement, tokensOf, type SqlToken } from "./tokens.js";

const readingWords = new Set(["select", "with", "values", "table"]);
const writingWords = new Set([
  "insert", "update", "delete", "merge", "call", "exec", "execute", "with", "select",
]);

/** SQL Server needs no semicolon between two statements; these words begin one nowhere else. */
const beginning = new Set([
  "alter", "backup", "begin", "commit", "create", "declare", "deny", "drop", "exec", "execute",
  "grant", "kill", "print", "raiserror", "reconfigure", "restore", "revoke", "rollback", "save",
  "shutdown", "throw", "truncate", "use", "waitfor", "while",
]);

/** Why a text is not one query that only reads; undefined when it is one. */
export function queryProblem(dialect: SqlDialectName, text: string): string | undefined {
  return problemIn(dialect, text, (tokens) => {
    if (tokens.some((token) => token.kind === "parameter")) return "has no values as :name";
    // It stands in parentheses, where SQL Server takes nothing else.
    if (dialect === "sqlserver" && firstWord(tokens) !== "select") return "begins with select";
    if (!readingWords.has(firstWord(tokens))) return "begins with select, with, values or table";
    return undefined;
  });
}

/** Why a text is not one statement that writes, with its values as `:name`. */
export function templateProblem(dialect: SqlDialectName, text: string): string | undefined {
  return problemIn(dialect, text, (tokens) => {
    if (!writingWords.has(firstWord(tokens))) {
      return "begins with insert, update, delete, merge, call, exec, with or select";
    }
    return tokens.some((token) => token.kind === "parameter") ? undefined : "has no value as :name";
  });
}

/** A statement in parts: its own words, and the names of the values between them. */
export type Template = readonly (string | { readonly parameter: string })[];

/** Precondition: `templateProblem` found nothing. */
export function templateOf(dialect: SqlDialectName, text: string): Template {
  return withoutEnd(tokensOf(dialect, text)).map((token) =>
    (token.kind === "parameter" ? { parameter: token.name } : token.text));
}

/** A query to put between parentheses. Precondition: `queryProblem` found nothing. */
export function innerQuery(dialect: SqlDialectName, text: string): string {
  // A comment at the end must not take the parenthesis with it.
  return `${withoutEnd(tokensOf(dialect, text)).map((token) => token.text).join("")}\n`;
}

function problemIn(
  dialect: SqlDialectName, text: string,
  further: (tokens: readonly SqlToken[]) => string | undefined,
): string | undefined {
  try {
    const tokens = tokensOf(dialect, text);
    if (withoutEnd(tokens).some((token) => token.kind === "end")) {
      return "is one statement, without ; in it";
    }
    // MySQL runs what stands in such a comment.
    if (tokens.some((token) => token.kind === "comment" && /^\/\*[!M+]/.test(token.text))) {
      return "has no comments that the server runs";
    }
    let depth = 0;
    for (const token of tokens) {
      if (token.kind !== "text") continue;
      if (token.text === "(") depth += 1;
      if (token.text === ")") depth -= 1;
      if (depth < 0) break;
    }
    if (depth !== 0) return "has parentheses that do not match";
    if (dialect === "sqlserver" && wordsOf(tokens).slice(1).some((each) => beginning.has(each))) {
      return "is one statement, without another behind it";
    }
    return further(tokens);
  } catch (error) {
    if (error instanceof BrokenStatement) return error.message;
    throw error;
  }
}

/** Without the semicolon that may end a statement, and what is nothing behind it. */
function withoutEnd(tokens: readonly SqlToken[]): readonly SqlToken[] {
  const last = tokens.findLastIndex((token) => !isNothing(token));
  return tokens[last]?.kind === "end" ? tokens.slice(0, last) : tokens;
}

function wordsOf(tokens: readonly SqlToken[]): readonly string[] {
  return tokens.flatMap(({ kind, text }) =>
    (kind === "text" && /^\w+$/.test(text) ? [text.toLowerCase()] : []));
}

function firstWord(tokens: readonly SqlToken[]): string {
  const word = tokens.find((token) => !isNothing(token) && token.text !== "(");
  return word?.kind === "text" ? word.text.toLowerCase() : "";
}

function isNothing(token: SqlToken): boolean {
  return token.kind === "comment" || (token.kind === "text" && token.text.trim() === "");
}
