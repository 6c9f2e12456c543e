import type { ASTNode } from "@marcbachmann/cel-js";
import { RE2JS } from "re2js";
import { expectCount, expectLiteral, expectType, type Names } from "./checks.js";
import { asText } from "./operators.js";
import { ExpressionError, type Run, type Typed } from "./scope.js";
import { bool, text } from "./types.js";

const patternCharactersMax = 500;
/** Instructions of a compiled pattern: matching costs their number times the length of the text. */
const instructionsMax = 1_000;
/** So many instructions over characters are one step; finding groups costs four times as much. */
const workPerStep = { matches: 4_096, extract: 1_024 } as const;

export const patternFunctions = ["extract", "matches"] as const;

/**
 * `matches(x, "…")` and `extract(x, "…")`: what the first group matched, or the whole match of a
 * pattern without groups. RE2 answers in time linear in text and pattern
 * (https://github.com/google/re2/wiki/WhyRE2), so both are bounded here.
 */
export function compilePattern(
  node: ASTNode,
  name: string,
  given: readonly ASTNode[],
  names: Names,
): Typed {
  expectCount(node, name, given, [2, 2], "a text and a pattern");
  const [subject, patternNode] = given as readonly [ASTNode, ASTNode];
  const value = expectType(subject, names.compile(subject, names), text, `for ${name}`).run;
  const pattern = readPattern(patternNode, expectLiteral(patternNode, name));
  if (name === "matches") return { type: bool, run: matches(value, pattern) };
  return { type: text, run: extract(value, pattern) };
}

function matches(value: Run, pattern: RE2JS): Run {
  const cost = costOf(pattern, workPerStep.matches);
  return (frame) => {
    const found = value(frame);
    if (found === null) return null;
    const subject = asText(found);
    frame.spend(cost(subject));
    return pattern.test(subject);
  };
}

function extract(value: Run, pattern: RE2JS): Run {
  const cost = costOf(pattern, workPerStep.extract);
  return (frame) => {
    const found = value(frame);
    if (found === null) return null;
    const subject = asText(found);
    frame.spend(cost(subject));
    const match: readonly (string | undefined)[] | null = pattern.exec(subject);
    return match === null ? null : (match[1] ?? (match.length === 1 ? (match[0] ?? null) : null));
  };
}

function costOf(pattern: RE2JS, work: number): (subject: string) => number {
  const instructions = pattern.programSize();
  return (subject) => 1 + Math.floor((subject.length * instructions) / work);
}

function readPattern(node: ASTNode, pattern: string): RE2JS {
  if (pattern.length > patternCharactersMax) {
    throw patternError(node, `is longer than ${patternCharactersMax} characters`);
  }
  // Looked at before it is compiled: repetitions of repetitions make large programs of short text.
  const tooLarge = `repeats too much: it is larger than ${instructionsMax} steps`;
  if (expandedSize(pattern) > instructionsMax) throw patternError(node, tooLarge);
  const compiled = compileRe2(node, pattern);
  if (compiled.programSize() > instructionsMax) throw patternError(node, tooLarge);
  return compiled;
}

function compileRe2(node: ASTNode, pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw patternError(node, `is not a regular expression of RE2: ${reason}`);
  }
}

function patternError(node: ASTNode, message: string): ExpressionError {
  return new ExpressionError("RULE_PATTERN_INVALID", node.start, `the pattern ${message}`);
}

const tokens = /\\[pP]\{[^}]*\}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d+)(?:,(\d*))?\}|[\s\S]/gu;

/** How many parts a pattern has when its counted repetitions are written out; never too few. */
function expandedSize(pattern: string): number {
  const open: number[] = [];
  let size = 0;
  let last = 0;
  for (const [token, least, most] of pattern.matchAll(tokens)) {
    if (least !== undefined) {
      const times = Math.max(Number(least), Number(most ?? 0));
      size += last * Math.max(0, times - 1);
      last *= Math.max(1, times);
    } else if (token === "(") {
      open.push(size);
      last = 0;
    } else if (token === ")") {
      last = size - (open.pop() ?? 0);
    } else if (!/^[*+?|]$/.test(token)) {
      size += 1;
      last = 1;
    }
  }
  return size;
}
