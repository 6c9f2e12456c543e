import { setTimeout as delay } from "node:timers/promises";
import { Router } from "express";

/** Something that must work for the process to take requests; throws or hangs when it does not. */
export interface Readiness {
  readonly name: string;
  check(): Promise<void>;
}

const patienceMs = 2_000;

/**
 * `/healthz` says that the process turns; `/readyz` that what it stands on answers and it is not
 * stopping: 200 with `{ready: true}`, else 503 with the names of what is missing and nothing more.
 */
export function healthRoutes(checks: readonly Readiness[], isStopping: () => boolean): Router {
  const router = Router();
  router.get("/healthz", (_request, response) => {
    response.json({ healthy: true });
  });
  router.get("/readyz", async (_request, response) => {
    const missing = isStopping() ? ["stopping"] : await failing(checks);
    const ready = missing.length === 0;
    response.status(ready ? 200 : 503).json(ready ? { ready } : { ready, missing });
  });
  return router;
}

async function failing(checks: readonly Readiness[]): Promise<string[]> {
  const outcomes = await Promise.all(checks.map((check) => answersInTime(check)));
  return checks.filter((_check, index) => !outcomes[index]).map(({ name }) => name);
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
