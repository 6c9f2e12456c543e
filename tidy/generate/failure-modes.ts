/** What a package's `failure-modes.md` says about one code. */
export interface FailureMode {
  readonly code: string;
  /** What is true when the error appears. */
  readonly meaning: string;
  /** What to check, and where to look; empty when there is nothing to do but to call again. */
  readonly check: string;
  readonly path: string;
}

/**
 * Reads sections of the form
 *
 *     ## CODE
 *
 *     What it means.
 *
 *     Check: what to look at.
 *
 * Other text before the first section is introduction. Throws when a section says nothing.
 */
export function failureModes(path: string, text: string): readonly FailureMode[] {
  const [, ...sections] = text.split(/^## /m);
  return sections.map((section) => {
    const [heading = "", ...body] = section.split("\n");
    const paragraphs = body.join("\n").split(/\n\s*\n/).map(flat).filter((one) => one !== "");
    const checks = paragraphs.filter((one) => one.startsWith("Check: "));
    const meaning = paragraphs.filter((one) => !one.startsWith("Check: ")).join(" ");
    const code = heading.trim();
    if (meaning === "") throw new Error(`${path}: ${code} has no meaning`);
    return { code, path, meaning, check: checks.map((one) => one.slice(7)).join(" ") };
  });
}

function flat(paragraph: string): string {
  return paragraph.replaceAll(/\s+/g, " ").trim();
}
