import type { House } from "../house/house.ts";
import type { Violation } from "../house/violation.ts";

const page = "docs/proofs.md";
const namedFile = /`([\w./-]+\.(?:ts|mjs))`/g;
/** A row whose first cell is the name of a test, or of a group of them: each file has it. */
const namedTest = /^\| "([^"]+)" \|/;

/** Every file that the page of proofs names is there, and has the tests that it says. */
export function proofs(house: House): readonly Violation[] {
  const text = house.texts.find(({ path }) => path === page)?.text ?? "";
  const files = new Map([...house.sources, ...house.texts].map((file) => [file.path, file.text]));
  return text.split("\n").flatMap((line, index) => {
    const named = [...line.matchAll(namedFile)].map((found) => found[1] ?? "");
    const title = namedTest.exec(line)?.[1];
    const told = (message: string): Violation =>
      ({ rule: "proofs", path: page, line: index + 1, message });
    if (title !== undefined && named.length === 0) return [told("a test without its file")];
    return named.flatMap((path) => {
      const source = files.get(path);
      if (source === undefined) return [told(`there is no ${path}`)];
      if (title === undefined || isTitled(source, title)) return [];
      return [told(`${path} has no test "${title}"`)];
    });
  });
}

/** Names begin the titles of tests; what follows says how it ends here. */
function isTitled(source: string, title: string): boolean {
  return ['"', "`", "'"].some((quote) => source.includes(`(${quote}${title}`));
}
