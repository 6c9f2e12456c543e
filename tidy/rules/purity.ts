import { Visitor, type Node } from "oxc-parser";
import type { House } from "../house/house.ts";
import type { Source } from "../house/source.ts";
import type { Violation } from "../house/violation.ts";
import { isPure } from "./owned-libraries.ts";

const rule = "purity";

/** Global functions and classes that reach the clock, chance or the outside. */
const impureCalls = new Set([
  "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "fetch", "Promise",
]);

/** `*` is any member of the global object. */
const impureMembers = new Set([
  "Date.now", "Math.random", "crypto.randomUUID", "crypto.getRandomValues", "console.*",
  "performance.*", "Promise.*", "Temporal.*", "globalThis.*", "process.env", "process.pid",
  "process.hrtime", "process.nextTick", "process.cwd", "process.argv", "process.memoryUsage",
]);

const impureImports = new Set(["randomUUID", "randomBytes", "randomInt", "randomFillSync"]);

/** `domain/` and the engine: the same answer for the same arguments, at any time, anywhere. */
export function purity(house: House): readonly Violation[] {
  return house.sources
    .filter((source) => isPure(source.path) && !source.isTest)
    .flatMap((source) => inSource(source));
}

function inSource(source: Source): readonly Violation[] {
  const found: Violation[] = [];
  const at = (node: Node, message: string) => {
    found.push({ rule, path: source.path, line: source.lineAt(node.start), message });
  };
  const asynchronous = (node: Node & { async: boolean }) => {
    if (node.async) at(node, "a pure function is not asynchronous");
  };
  const called = (callee: Node) => {
    if (callee.type !== "Identifier" || !impureCalls.has(callee.name)) return;
    at(callee, `${callee.name} is not pure`);
  };
  new Visitor({
    FunctionDeclaration: asynchronous,
    FunctionExpression: asynchronous,
    ArrowFunctionExpression: asynchronous,
    AwaitExpression: (node) => at(node, "a pure function does not wait"),
    Decorator: (node) => at(node, "no decorators here"),
    CallExpression: (node) => called(node.callee),
    TSTypeReference: (node) => {
      const { typeName } = node;
      if (typeName.type === "Identifier" && typeName.name === "Promise") {
        at(node, "a pure function promises nothing");
      }
    },
    ImportSpecifier: (node) => {
      const name = node.imported.type === "Identifier" ? node.imported.name : "";
      if (impureImports.has(name)) at(node, `${name} is chance`);
    },
    MemberExpression: (node) => {
      if (node.computed || node.object.type !== "Identifier") return;
      if (node.property.type !== "Identifier") return;
      const member = `${node.object.name}.${node.property.name}`;
      if (impureMembers.has(member) || impureMembers.has(`${node.object.name}.*`)) {
        at(node, `${member} is not pure`);
      }
    },
    NewExpression: (node) => {
      const callee = node.callee.type === "Identifier" ? node.callee.name : "";
      if (callee === "Date" && node.arguments.length === 0) at(node, "new Date() reads the clock");
      called(node.callee);
    },
  }).visit(source.program);
  return found;
}
