import type { House } from "../house/house.ts";
import type { Violation } from "../house/violation.ts";

const lineLengthMax = 100;
const fileLinesMax = 400;
const mainLinesMax = 80;

/** Sizes at which a file stops being one idea. Functions are measured by the linter. */
export function layout(house: House): readonly Violation[] {
  return house.sources.flatMap((source) => {
    const found: Violation[] = [];
    const at = (line: number, message: string) => {
      found.push({ rule: "layout", path: source.path, line, message });
    };
    const count = source.text.endsWith("\n") ? source.lines.length - 1 : source.lines.length;
    const max = source.path.endsWith("/main.ts") ? mainLinesMax : fileLinesMax;
    if (count > max) at(0, `${count} lines, at most ${max}`);
    if (!source.text.endsWith("\n")) at(count, "the last line does not end");
    for (const [index, line] of source.lines.entries()) {
      const { length } = line;
      if (length > lineLengthMax) at(index + 1, `${length} columns, at most ${lineLengthMax}`);
      if (/[ \t\r]$/.test(line)) at(index + 1, "ends in blanks");
      if (line.includes("\t")) at(index + 1, "a tab; indent with two spaces");
    }
    return found;
  });
}
