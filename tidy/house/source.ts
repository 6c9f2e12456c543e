import { parseSync, type Comment, type EcmaScriptModule, type Program } from "oxc-parser";

/** One import, re-export or dynamic import of a source file. */
export interface Import {
  readonly specifier: string;
  /** Every name is imported as a type: nothing of it exists at run time. */
  readonly typeOnly: boolean;
  readonly line: number;
}

/** A source file, read and parsed once; every rule looks at the same value. */
export interface Source {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly imports: readonly Import[];
  readonly comments: readonly Comment[];
  readonly program: Program;
  readonly isTest: boolean;
  /** Line (from 1) of an offset in `text`. */
  lineAt(offset: number): number;
}

/** Parses TypeScript. Throws when the text does not parse: nothing can be said of it then. */
export function toSource(path: string, text: string): Source {
  const parsed = parseSync(path, text);
  const [fault] = parsed.errors;
  if (fault) throw new Error(`${path}: ${fault.message}`);
  const starts = lineStarts(text);
  const lineAt = (offset: number) => starts.findLastIndex((start) => start <= offset) + 1;
  return {
    path,
    text,
    lines: text.split("\n"),
    imports: importsOf(parsed.module, text, lineAt),
    comments: parsed.comments,
    program: parsed.program,
    isTest: isTestPath(path),
    lineAt,
  };
}

/** Tests, and what only tests use: suites, fakes and fixtures in a folder called `testing`. */
function isTestPath(path: string): boolean {
  return /\.(test|fixture)\.tsx?$/.test(path) || /(^|\/)testing\//.test(path);
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function importsOf(
  module: EcmaScriptModule,
  text: string,
  lineAt: (offset: number) => number,
): readonly Import[] {
  const found: Import[] = [];
  for (const one of module.staticImports) {
    const typeOnly = one.entries.length > 0
      ? one.entries.every((entry) => entry.isType)
      : text.slice(one.start, one.end).startsWith("import type");
    found.push({ specifier: one.moduleRequest.value, typeOnly, line: lineAt(one.start) });
  }
  for (const one of module.staticExports) {
    const from = one.entries.find((entry) => entry.moduleRequest)?.moduleRequest;
    if (!from) continue;
    const typeOnly = one.entries.every((entry) => entry.isType);
    found.push({ specifier: from.value, typeOnly, line: lineAt(one.start) });
  }
  for (const one of module.dynamicImports) {
    const request = text.slice(one.moduleRequest.start, one.moduleRequest.end);
    const literal = /^["'`]([^"'`$]+)["'`]$/.exec(request)?.[1];
    if (literal) found.push({ specifier: literal, typeOnly: false, line: lineAt(one.start) });
  }
  return found;
}
