import { dirname, join, normalize } from "node:path/posix";
import type { House } from "../house/house.ts";
import type { Violation } from "../house/violation.ts";

/**
 * No file needs itself to be loaded. Imports of types alone do not exist at run time and do not
 * count. Every cycle is told once, from its first file in the alphabet.
 */
export function cycles(house: House): readonly Violation[] {
  const known = new Set(house.sources.map(({ path }) => path));
  const graph = new Map<string, readonly string[]>();
  for (const source of house.sources) {
    const targets = source.imports
      .filter((one) => !one.typeOnly && one.specifier.startsWith("."))
      .map((one) => fileOf(normalize(join(dirname(source.path), one.specifier)), known));
    graph.set(source.path, targets);
  }
  return groups(graph).map((files) => ({
    rule: "cycles",
    path: files[0] ?? "",
    line: 0,
    message: `loads itself: ${files.join(" ↔ ")}`,
  }));
}

/** The source behind `x.js`: `x.ts`, or `x.tsx` where that is the one there is. */
function fileOf(target: string, known: ReadonlySet<string>): string {
  const plain = target.replace(/\.js$/, ".ts");
  return known.has(`${plain}x`) ? `${plain}x` : plain;
}

/** Strongly connected groups of more than one file (Tarjan), each sorted. */
function groups(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string) => {
    index.set(file, index.size);
    low.set(file, index.get(file) ?? 0);
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!graph.has(target)) continue;
      if (!index.has(target)) visit(target);
      if (stack.includes(target)) {
        low.set(file, Math.min(low.get(file) ?? 0, low.get(target) ?? 0));
      }
    }
    if (low.get(file) !== index.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1) found.push(group.sort());
  };
  for (const file of graph.keys()) if (!index.has(file)) visit(file);
  return found;
}
