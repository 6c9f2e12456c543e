import { Visitor, type Node } from "oxc-parser";
import type { House } from "../house/house.ts";
import type { Violation } from "../house/violation.ts";

/** Files that may read the environment: configuration, launchers, and this folder. */
const readers = /(^|\/)config\.ts$|^gateway\/src\/launch\/|^tidy\/|^vitest\.config\.ts$/;

/** `process.env` is read once, at the top; below it, configuration is a value passed down. */
export function environment(house: House): readonly Violation[] {
  return house.sources.flatMap((source) => {
    if (readers.test(source.path) || source.isTest) return [];
    const found: Violation[] = [];
    const at = (node: Node) => {
      const line = source.lineAt(node.start);
      const message = "only a config.ts reads process.env";
      found.push({ rule: "environment", path: source.path, line, message });
    };
    new Visitor({
      MemberExpression: (node) => {
        if (isEnv(node.property) && isProcess(node.object)) at(node);
      },
      VariableDeclarator: (node) => {
        if (!node.init || !isProcess(node.init) || node.id.type !== "ObjectPattern") return;
        if (node.id.properties.some((one) => one.type === "Property" && isEnv(one.key))) at(node);
      },
      ImportSpecifier: (node) => {
        if (isEnv(node.imported)) at(node);
      },
    }).visit(source.program);
    return found;
  });
}

function isEnv(node: Node): boolean {
  return node.type === "Identifier" && node.name === "env";
}

function isProcess(node: Node): boolean {
  return node.type === "Identifier" && node.name === "process";
}
