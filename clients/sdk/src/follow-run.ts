import type { JoineryClient } from "./client.js";
import { delay } from "./delay.js";
import { JoineryApiError } from "./error.js";
import { runDocument, type RunDetailsFragment } from "./generated/operations.js";
import { mayPass } from "./retry.js";

export interface FollowOptions {
  /** Ends the loop with its reason; the run goes on. */
  readonly signal?: AbortSignal;
  /** How often the run is looked at; every second unless said. */
  readonly intervalMs?: number;
  /** How long Joinery may be away; a minute unless said. */
  readonly patienceMs?: number;
  /**
   * `ended` (unless said): until the run is finished, failed or discarded. `settled`: also when it
   * is held, for then it waits for a person.
   */
  readonly until?: "ended" | "settled";
}

/** Whether nothing more happens to a run in this state. */
export function hasEnded(state: string): boolean {
  return state === "finished" || state === "failed" || state === "discarded";
}

/**
 * Looks at a run until it ends, and yields it whenever something of it has changed: first as it is
 * now, last as it ended. Throws RUN_NOT_FOUND, what the graph refuses, and, after `patienceMs`
 * without an answer, why there is none.
 */
export async function* followRun(
  client: JoineryClient,
  id: string,
  options: FollowOptions = {},
): AsyncGenerator<RunDetailsFragment, void, undefined> {
  const { signal, intervalMs = 1_000, patienceMs = 60_000 } = options;
  let shown: string | undefined;
  let answeredAt = performance.now();
  for (;;) {
    const run = await look(client, id, signal).catch((error: unknown) => {
      if (!mayPass(error) || performance.now() - answeredAt > patienceMs) throw error;
      return null;
    });
    if (run !== null) {
      answeredAt = performance.now();
      const now = JSON.stringify(run);
      if (now !== shown) yield run;
      shown = now;
      if (isAtItsEnd(run, options)) return;
    }
    await delay(intervalMs, signal);
  }
}

async function look(
  client: JoineryClient,
  id: string,
  signal: AbortSignal | undefined,
): Promise<RunDetailsFragment> {
  const { run } = await client.request(runDocument, { id }, signal ? { signal } : {});
  if (run !== null) return run;
  throw new JoineryApiError("RUN_NOT_FOUND", "the organisation has no such run");
}

function isAtItsEnd({ state }: RunDetailsFragment, { until }: FollowOptions): boolean {
  return hasEnded(state) || (until === "settled" && state === "held");
}
