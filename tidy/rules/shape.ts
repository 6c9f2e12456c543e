import { basename } from "node:path/posix";
import type { Directive, Statement } from "oxc-parser";
import type { House } from "../house/house.ts";
import type { Source } from "../house/source.ts";
import type { Violation } from "../house/violation.ts";

/** Names of files, `index.ts` that only re-exports, and words that name nothing. */
export function shape(house: House): readonly Violation[] {
  return house.sources.flatMap((source) => {
    const name = basename(source.path);
    const at = (message: string) => [{ rule: "shape", path: source.path, line: 0, message }];
    if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|fixture|bench|config))?\.tsx?$/.test(name)) {
      return at("file names are kebab-case");
    }
    if (/(^|-)(utils?|helpers?|managers?|misc|common)\.ts$/.test(name)) {
      return at("name what the file does");
    }
    if (name === "index.ts" && !onlyReexports(source)) return at("index.ts only re-exports");
    return [];
  });
}

function onlyReexports(source: Source): boolean {
  return source.program.body.every((one: Directive | Statement) => {
    if (one.type === "ExportAllDeclaration") return true;
    if (one.type === "ExportNamedDeclaration") return one.declaration === null;
    return one.type === "ImportDeclaration";
  });
}
