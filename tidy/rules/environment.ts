import { Visitor } from "oxc-parser";
import type { House } from "../house/house.ts";
import type { Violation } from "../house/violation.ts";

/** Files that may read the environment: configuration, launchers, tests and what runs only in tests. */
const readers = /(^|\/)config\.ts$|^gateway\/src\/launch\/|^tidy\/|^vitest\.config\.ts$|^clients\/cli\/src\/main\.ts$/;

/** `process.env` is read once, at the top; below it, configuration is a value that is passed down. */
export function environment(house: House): readonly Violation[] {
  return house.sources.flatMap((source) => {
    if (readers.test(source.path) || source.isTest) return [];
    const found: Violation[] = [];
    new Visitor({
      MemberExpression: (node) => {
        const ofProcess = node.object.type === "Identifier" && node.object.name === "process";
        const named = node.property.type === "Identifier" && node.property.name === "env";
        if (!ofProcess || !named) return;
        found.push({
          rule: "environment",
          path: source.path,
          line: source.lineAt(node.start),
          message: "only a config.ts reads process.env",
        });
      },
    }).visit(source.program);
    return found;
  });
}
