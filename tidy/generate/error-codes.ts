import { Visitor, type Comment, type Node } from "oxc-parser";
import type { Source } from "../house/source.ts";

/** A stable code at one place of the sources. */
export interface CodeUse {
  readonly code: string;
  readonly path: string;
  readonly line: number;
  /** The doc comment directly above it, where codes are declared in a list. */
  readonly meaning?: string;
}

/** Names of variables look the same and begin otherwise. */
const codeForm = /^(?!JOINERY_)[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;

/** Calls whose upper-case argument names something else. */
const otherCalls = new Set(["join", "resolve", "has", "includes", "get", "set", "run"]);

/**
 * Finds stable codes: what stands in a property or type called `code`, in a list called `…Codes`,
 * in a type called `…Code`, and what is handed to an error or a refusal.
 */
export function codesIn(source: Source): readonly CodeUse[] {
  const found: CodeUse[] = [];
  const take = (node: Node, needsTwoWords: boolean, documented: boolean) => {
    for (const { code, start } of literals(node)) {
      if (!codeForm.test(code) || (needsTwoWords && !code.includes("_"))) continue;
      const line = source.lineAt(start);
      const meaning = documented ? docAbove(source, start) : undefined;
      found.push({ code, path: source.path, line, ...(meaning ? { meaning } : {}) });
    }
  };
  const called = (callee: Node, values: readonly Node[]) => {
    const name = nameOf(callee);
    if (otherCalls.has(name)) return;
    const ofFailure = /(Error|Failure|refus\w*|fail\w*)$/i.test(name);
    // A list that is handed over is somebody else's codes.
    for (const value of values) {
      if (value.type !== "ArrayExpression") take(value, !ofFailure, false);
    }
  };
  new Visitor({
    NewExpression: (node) => called(node.callee, node.arguments),
    CallExpression: (node) => called(node.callee, node.arguments),
    Property: (node) => {
      if (nameOf(node.key) === "code") take(node.value, false, false);
    },
    TSPropertySignature: (node) => {
      if (nameOf(node.key) === "code" && node.typeAnnotation) {
        take(node.typeAnnotation.typeAnnotation, false, false);
      }
    },
    VariableDeclarator: (node) => {
      if (nameOf(node.id).endsWith("Codes") && node.init) take(node.init, false, true);
    },
    TSTypeAliasDeclaration: (node) => {
      if (/Codes?$/.test(node.id.name)) take(node.typeAnnotation, false, true);
    },
  }).visit(source.program);
  return found;
}

interface Literal {
  readonly code: string;
  readonly start: number;
}

/** Strings that an expression or type may come to. */
function literals(node: Node): readonly Literal[] {
  switch (node.type) {
    case "Literal":
      return typeof node.value === "string" ? [{ code: node.value, start: node.start }] : [];
    case "ConditionalExpression":
      return [...literals(node.consequent), ...literals(node.alternate)];
    case "LogicalExpression":
      return [...literals(node.left), ...literals(node.right)];
    case "TSAsExpression":
    case "TSSatisfiesExpression":
      return literals(node.expression);
    case "ArrayExpression":
      return node.elements.flatMap((element) => (element ? literals(element) : []));
    case "TSUnionType":
      return node.types.flatMap(literals);
    case "TSLiteralType":
      return literals(node.literal);
    default:
      return [];
  }
}

function nameOf(node: Node): string {
  if (node.type === "Identifier") return node.name;
  if (node.type === "MemberExpression" && node.property.type === "Identifier") {
    return node.property.name;
  }
  return node.type === "Literal" && typeof node.value === "string" ? node.value : "";
}

/** The doc comment above a literal; in a list it stands for the codes after it too. */
function docAbove(source: Source, start: number): string | undefined {
  const doc = source.comments.findLast((one) => one.end <= start && isDoc(one));
  if (!doc || !/^[\s|,"A-Z0-9_]*$/.test(source.text.slice(doc.end, start))) return undefined;
  return doc.value.replaceAll(/\s*\n\s*\*\s?|^\*/g, " ").replaceAll(/\s+/g, " ").trim();
}

function isDoc(comment: Comment): boolean {
  return comment.type === "Block" && comment.value.startsWith("*");
}
