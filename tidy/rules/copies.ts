import { Visitor, type FunctionBody } from "oxc-parser";
import { packageOf, type House } from "../house/house.ts";
import type { Violation } from "../house/violation.ts";

/** Shorter functions may well be written twice by chance. */
const linesMin = 6;

interface Place {
  readonly path: string;
  readonly line: number;
  readonly owner: string;
}

/** What two packages need stands in one of them: no function is copied from one to another. */
export function copies(house: House): readonly Violation[] {
  const places = new Map<string, Place[]>();
  for (const source of house.sources) {
    const owner = packageOf(house, source.path)?.name;
    if (source.isTest || owner === undefined) continue;
    const note = (body: FunctionBody | null) => {
      if (!body) return;
      const text = source.text.slice(body.start, body.end);
      if (text.split("\n").length < linesMin) return;
      const key = text.replaceAll(/\s+/g, " ");
      const place = { path: source.path, line: source.lineAt(body.start), owner };
      places.set(key, [...(places.get(key) ?? []), place]);
    };
    new Visitor({ FunctionDeclaration: (node) => note(node.body) }).visit(source.program);
  }
  return [...places.values()].flatMap(([first, ...others]) =>
    others.filter((other) => other.owner !== first?.owner).map(({ path, line }) => ({
      rule: "copies",
      path,
      line,
      message: `this function stands in ${first?.path}:${first?.line} too`,
    })),
  );
}
