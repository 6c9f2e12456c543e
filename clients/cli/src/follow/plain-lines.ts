import type { Stage } from "./stages.js";
import { shownCount } from "../output/words.js";

/** `import: 1,200 of 1,200, 1,200 read, 1,200 new, 0 changed, 0 gone` */
export function stageLine({ name, state, done, total, note }: Stage): string {
  const progress =
    total === null || total === 0 ? "" : `${shownCount(done)} of ${shownCount(total)}`;
  const words = [state === "working" ? "" : state, progress, note].filter((text) => text !== "");
  return `${name}: ${words.join(", ") || "working"}`;
}

/**
 * Lines for stages that changed since the last look, for where nothing can move: a stage that is
 * at work is told again at most every `everyMs`, a new state of it at once.
 */
export class PlainLines {
  readonly #everyMs: number;
  readonly #told = new Map<
    string,
    { readonly state: string; readonly line: string; readonly at: number }
  >();

  constructor(everyMs = 2_000) {
    this.#everyMs = everyMs;
  }

  /** `now` in milliseconds of any clock that does not go back. */
  linesFor(stages: readonly Stage[], now: number): readonly string[] {
    return stages.flatMap((stage) => {
      if (stage.state === "waiting") return [];
      const line = stageLine(stage);
      const before = this.#told.get(stage.name);
      const isDue =
        before === undefined || before.state !== stage.state || now - before.at >= this.#everyMs;
      if (before?.line === line || !isDue) return [];
      this.#told.set(stage.name, { state: stage.state, line, at: now });
      return [line];
    });
  }
}
