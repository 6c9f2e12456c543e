import { MultiBar, type Options, type SingleBar } from "cli-progress";
import type { Out } from "../surroundings.js";
import type { Style } from "../output/style.js";
import { shownCount } from "../output/words.js";
import type { Stage } from "./stages.js";

const barWidth = 24;

/** Bars that move on a terminal, one for each stage; stages may be added while they move. */
export class Bars {
  readonly #multi: MultiBar;
  readonly #bars = new Map<string, SingleBar>();

  constructor(stream: Out, style: Style) {
    const options: Options = {
      stream: stream as NodeJS.WritableStream,
      hideCursor: true,
      linewrap: null,
      forceRedraw: true,
      format: (_options, { value, total }, payload: { readonly stage: Stage }) =>
        barLine({ ...payload.stage, done: value, total: payload.stage.total ?? total }, style),
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

/** One line: name, bar, numbers or state, note. */
export function barLine(stage: Stage, style: Style): string {
  const { name, state, done, total, note } = stage;
  const share = state === "done" ? 1 : total === null || total === 0 ? 0 : Math.min(1, done / total);
  const full = Math.round(share * barWidth);
  const bar = `${"█".repeat(full)}${style.dim("░".repeat(barWidth - full))}`;
  const numbers = total === null || total === 0 ? "" : `${shownCount(done)}/${shownCount(total)}`;
  const words = [numbers, note].filter((text) => text !== "").join("  ");
  return `${name.padEnd(18)} ${bar} ${paint(state, style)(state.padEnd(9))} ${words}`.trimEnd();
}

function paint(state: Stage["state"], style: Style): (text: string) => string {
  if (state === "done") return style.good;
  if (state === "failed" || state === "discarded") return style.bad;
  if (state === "held") return style.warning;
  return style.dim;
}
