import { setTimeout as delay } from "node:timers/promises";
import { Router } from "express";

/** Something that the process stands on; its check throws or hangs when it does not answer. */
export interface Readiness {
  readonly name: string;
  /** Without it requests are answered all the same, and what they cause waits. */
  readonly isSpared?: boolean;
  check(): Promise<void>;
}

const patienceMs = 2_000;
/** One round of checks serves everybody who asks meanwhile: asking often makes no work. */
const heldMs = 1_000;

/**
 * `/healthz` says that the process turns. `/readyz` says whether it takes requests, 200 with
 * `{ready: true}` or 503 with `{ready: false}`, and in `missing` the names of what does not answer,
 * and nothing more: why is in the log of the part. What is spared may be missing while it is ready.
 */
export function healthRoutes(checks: readonly Readiness[], isStopping: () => boolean): Router {
  const router = Router();
  const missingNow = held(() => failing(checks));
  router.get("/healthz", (_request, response) => {
    response.json({ healthy: true });
  });
  router.get("/readyz", async (_request, response) => {
    const lacking = isStopping() ? [] : await missingNow();
    const ready = !isStopping() && lacking.every(({ isSpared }) => isSpared === true);
    const missing = isStopping() ? ["stopping"] : lacking.map(({ name }) => name);
    response.status(ready ? 200 : 503).json({ ready, ...(missing.length > 0 ? { missing } : {}) });
  });
  return router;
}

function held<T>(ask: () => Promise<T>): () => Promise<T> {
  let last: { readonly until: number; readonly answer: Promise<T> } | undefined;
  return () => {
    const now = performance.now();
    if (last === undefined || last.until <= now) last = { until: now + heldMs, answer: ask() };
    return last.answer;
  };
}

async function failing(checks: readonly Readiness[]): Promise<Readiness[]> {
  const outcomes = await Promise.all(checks.map((check) => answersInTime(check)));
  return checks.filter((_check, index) => !outcomes[index]);
}

async function answersInTime(readiness: Readiness): Promise<boolean> {
  const given = new AbortController();
  const late = delay(patienceMs, false, { signal: given.signal, ref: false }).catch(() => false);
  try {
    return await Promise.race([readiness.check().then(() => true), late]);
  } catch {
    return false; // The answer says which part; the part's own log says why.
  } finally {
    given.abort();
  }
}
