import type { Report } from "./report.js";
import type { Stack } from "./stack.js";

const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Aborted when the process is asked to end. */
export function abortOnSignals(): AbortSignal {
  const given = new AbortController();
  for (const signal of endings) process.on(signal, () => given.abort());
  return given.signal;
}

/** npm and the terminal may both deliver one Ctrl-C: what comes at once again is the same. */
const sameSignalMs = 700;

/** Answers whether it was asked to stop. */
export function stopOnSignals(stack: Stack, to: Report): () => boolean {
  let asked: number | undefined;
  const onSignal = () => {
    if (asked !== undefined) {
      if (performance.now() - asked < sameSignalMs) return;
      stack.kill();
      process.exit(130);
    }
    asked = performance.now();
    const begun = asked;
    to.stopping();
    void stack.stop().then(() => {
      to.stopped(performance.now() - begun);
      process.exit(0);
    });
  };
  for (const signal of endings) process.on(signal, onSignal);
  return () => asked !== undefined;
}
