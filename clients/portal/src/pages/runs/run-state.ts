import { hasEnded } from "@joinery/sdk";
import type { Tone } from "../../parts/status.js";

const tones: Readonly<Record<string, Tone>> = {
  queued: "idle", held: "waiting", finished: "good", failed: "bad", discarded: "idle",
};

/** How grave a state of a run is; whatever is not named here is at work. */
export function toneOfRun(state: string): Tone {
  return tones[state] ?? "busy";
}

/** How often to look again: every second while it works, seldom while it waits, else not at all. */
export function runPolling(state: string | undefined): number | false {
  if (state === undefined || hasEnded(state)) return false;
  return state === "held" ? 5_000 : 1_000;
}
