import type { Log, Worker } from "@joinery/kit";
import { forgetOld, resumeProvisioning } from "./app/housekeeping.js";
import type { Deps } from "./app/ports.js";

const resumeEveryMs = 15_000;
const forgetEveryMs = 10 * 60_000;

export function cryptoWorkers(deps: Deps): readonly Worker[] {
  return [
    repeated("provisioning", resumeEveryMs, deps.log, () => resumeProvisioning(deps)),
    repeated("forgetting", forgetEveryMs, deps.log, () => forgetOld(deps)),
  ];
}

/** Runs at once and then again and again, never twice at a time; a failure waits for its turn. */
export function repeated(
  name: string,
  everyMs: number,
  log: Log,
  work: () => Promise<unknown>,
): Worker {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  const turn = async () => {
    try {
      await work();
    } catch (error) {
      log.error("worker failed", error, { worker: name });
    }
    if (!stopped) timer = setTimeout(begin, everyMs);
  };
  const begin = () => {
    running = turn();
  };
  return {
    name,
    start: async () => begin(),
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
