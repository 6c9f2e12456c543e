import type { FollowOptions, JoineryClient, RunDetailsFragment } from "@joinery/sdk";
import type { Call } from "../call.js";
import { exitCodes, type ExitCode } from "../failure.js";
import type { NameOf } from "../names.js";
import type { Answer } from "../output/output.js";
import { verdictLines } from "../render/run.js";
import { Bars } from "./bars.js";
import { PlainLines } from "./plain-lines.js";
import { stagesOf } from "./stages.js";

/**
 * Follows a run until it ends or is held: bars on a terminal, lines elsewhere, with `--json` one
 * document a line whenever it changed. Ctrl-C ends the following and leaves the run alone.
 */
export async function follow(
  call: Call,
  client: JoineryClient,
  id: string,
  options: Pick<FollowOptions, "intervalMs"> & { readonly keyOf: NameOf },
): Promise<Answer | undefined> {
  const { output, surroundings } = call;
  const { keyOf, ...how } = options;
  const view = viewOf(call, keyOf);
  let last: RunDetailsFragment | undefined;
  try {
    const signal = surroundings.interrupted;
    for await (const run of client.followRun(id, { ...how, signal, until: "settled" })) {
      view.show(run);
      last = run;
    }
  } catch (error) {
    view.stop();
    if (surroundings.interrupted.aborted) {
      output.note(`the run goes on; watch it with: joinery run watch ${id}`);
    }
    throw error;
  }
  view.stop();
  if (last === undefined) return undefined;
  const exitCode = exitCodeOf(last.state);
  if (output.isJson) return { exitCode };
  return { lines: verdictLines(last, keyOf, output.style), exitCode };
}

/** What following a run that came to this state ends with. */
export function exitCodeOf(state: string): ExitCode {
  if (state === "failed" || state === "discarded") return exitCodes.runFailed;
  return state === "held" ? exitCodes.runHeld : exitCodes.done;
}

interface View {
  show(run: RunDetailsFragment): void;
  stop(): void;
}

function viewOf({ output }: Call, keyOf: NameOf): View {
  if (output.isJson) return { show: (run) => output.event(run, ""), stop: () => undefined };
  if (output.isLively) {
    const bars = new Bars(output.stdout, output.style);
    return { show: (run) => bars.show(stagesOf(run, keyOf)), stop: () => bars.stop() };
  }
  const lines = new PlainLines();
  return {
    show: (run) => {
      for (const line of lines.linesFor(stagesOf(run, keyOf), performance.now())) {
        output.event(run, line);
      }
    },
    stop: () => undefined,
  };
}
