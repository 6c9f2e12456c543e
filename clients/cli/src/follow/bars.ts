import { MultiBar, type Options, type SingleBar } from "cli-progress";
import { fitted, padded } from "../output/fit.js";
import type { Out } from "../surroundings.js";
import type { Style } from "../output/style.js";
import { shownCount } from "../output/words.js";
import type { Stage } from "./stages.js";

const nameWidth = 18;
const barWidth = 24;
const stateWidth = 9;

/** Bars that move on a terminal, one for each stage; stages may be added while they move. */
export class Bars {
  readonly #multi: MultiBar;
  readonly #bars = new Map<string, SingleBar>();

  constructor(stream: Out, style: Style) {
    const options: Options = {
      stream: stream as NodeJS.WritableStream,
      hideCursor: true,
      fps: 5,
      // Lines are made to fit; the library, left to cut them, counts colours as letters.
      linewrap: false,
      // Ctrl-C is ours.
      gracefulExit: false,
      format: (_options, _parameters, { stage }: { readonly stage: Stage }) =>
        barLine(stage, style, stream.columns ?? 80),
    };
    this.#multi = new MultiBar(options);
  }

  show(stages: readonly Stage[]): void {
    for (const stage of stages) {
      const total = stage.total ?? 0;
      const bar = this.#bars.get(stage.name);
      if (bar) {
        bar.setTotal(total);
        bar.update(stage.done, { stage });
      } else if (stage.state !== "waiting" || !stage.name.startsWith("export")) {
        this.#bars.set(stage.name, this.#multi.create(total, stage.done, { stage }));
      }
    }
    this.#multi.update();
  }

  /** Leaves the bars as they are last and gives the cursor back. */
  stop(): void {
    this.#multi.stop();
  }
}

/** One line: name, bar, state, numbers, note; cut at the end where the terminal is too narrow. */
export function barLine(stage: Stage, style: Style, columns: number): string {
  const { name, state, done, total, note } = stage;
  const share =
    state === "done" ? 1 : total === null || total === 0 ? 0 : Math.min(1, done / total);
  const full = Math.round(share * barWidth);
  const numbers = total === null || total === 0 ? "" : `${shownCount(done)}/${shownCount(total)}`;
  const words = [numbers, note].filter((text) => text !== "").join("  ");
  const left = columns - nameWidth - barWidth - stateWidth - 4;
  return [
    padded(fitted(name, nameWidth), nameWidth),
    "█".repeat(full) + style.dim("░".repeat(barWidth - full)),
    paint(state, style)(state.padEnd(stateWidth)),
    fitted(words, left),
  ]
    .join(" ")
    .trimEnd();
}

function paint(state: Stage["state"], style: Style): (text: string) => string {
  if (state === "done") return style.good;
  if (state === "failed" || state === "discarded") return style.bad;
  if (state === "held") return style.warning;
  return style.dim;
}
