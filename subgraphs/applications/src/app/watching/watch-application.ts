import { setTimeout as delay } from "node:timers/promises";
import { ConnectorError, type Connector } from "@joinery/connectors";
import { isWatchable, type Application } from "../../domain/application.js";
import { connectionFailure, withConnector } from "../connect.js";
import { underClaim } from "../imports/import-work.js";
import type { Deps, Task } from "../ports.js";
import { queueLook } from "./queue-look.js";

/** How soon a change of the settings is noticed. */
const lookMs = 2_000;
/** A hint may be lost with a line that nobody saw break: then this long. */
const atLeastMs = 300_000;
/** How long a look waits that another run is in the way of: a held one may be so for days. */
const busyMs = { first: 100, longest: 5_000 };

interface Watch {
  readonly deps: Deps;
  readonly task: Task;
  readonly application: Application;
}

/**
 * Listens to a watched application for as long as it is one, and queues a run that imports what
 * changed whenever the system says that something did. Hints that come while a run is under way
 * become one run after it. Throws what broke the line: the worker listens again, later and later.
 */
export async function watchApplication(
  deps: Deps,
  task: Task,
  signal: AbortSignal,
): Promise<number | null> {
  const application = await watchedOf(deps, task);
  if (application === null) return null;
  const watch = { deps, task, application };
  try {
    await withConnector(deps, task.tenant, application, (connector) =>
      listen(watch, connector, signal));
  } catch (error) {
    if (signal.aborted) throw error;
    const { code, reason } = connectionFailure(error);
    await underClaim({ deps, task, signal }, (tx) =>
      deps.applications.noteWatch(tx, application.id, { code, reason }));
    // What a person has to mend is asked again once a minute, not at once.
    if (error instanceof ConnectorError && error.kind === "stop") return stopMs;
    throw error;
  }
  // The settings changed: from the beginning.
  return 0;
}

const stopMs = 60_000;

async function watchedOf(deps: Deps, { tenant, subject }: Task): Promise<Application | null> {
  const application = await deps.within(tenant, (tx) => deps.applications.find(tx, subject));
  return application !== null && isWatchable(application) ? application : null;
}

/** Returns when the settings changed. */
async function listen(watch: Watch, connector: Connector, signal: AbortSignal): Promise<void> {
  const { deps, task, application } = watch;
  const { listens } = connector;
  if (listens === undefined || connector.changes === undefined) {
    throw new ConnectorError("stop", "MISCONFIGURED", "this connector does not listen");
  }
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const looks = new Looks(watch, until);
  const settings = changed(watch, until).then(() => over.abort());
  const regular = setInterval(() => looks.wish(), atLeastMs);
  try {
    let isFirst = true;
    for await (const _hint of listens.listen(until)) {
      if (isFirst) {
        await deps.within(task.tenant, (tx) =>
          deps.applications.noteWatch(tx, application.id, null));
      }
      isFirst = false;
      looks.wish();
    }
  } catch (error) {
    if (!over.signal.aborted || signal.aborted) throw error;
  } finally {
    clearInterval(regular);
    over.abort();
    await Promise.allSettled([settings, looks.settled]);
  }
}

/** Resolves when the application is no longer watched as it was, or with the signal. */
async function changed({ deps, task, application }: Watch, signal: AbortSignal): Promise<void> {
  for (;;) {
    await delay(lookMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const now = await watchedOf(deps, task).catch(() => application);
    if (now === null || now.revision !== application.revision) return;
  }
}

/** One wish for a look at most, carried out as soon as nothing is in its way. */
class Looks {
  settled: Promise<void> = Promise.resolve();
  readonly #watch: Watch;
  readonly #signal: AbortSignal;
  #isWished = false;
  #isBusy = false;

  constructor(watch: Watch, signal: AbortSignal) {
    this.#watch = watch;
    this.#signal = signal;
  }

  wish(): void {
    this.#isWished = true;
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.settled = this.#carryOut();
  }

  async #carryOut(): Promise<void> {
    const { deps, task, application } = this.#watch;
    let waitMs = busyMs.first;
    while (this.#isWished && !this.#signal.aborted) {
      this.#isWished = false;
      const isQueued = await queueLook(deps, task, application.id).catch((error: unknown) => {
        deps.log.error("a look could not be queued", error, { applicationId: application.id });
        return false;
      });
      waitMs = isQueued ? busyMs.first : Math.min(busyMs.longest, waitMs * 1.5);
      if (isQueued) continue;
      this.#isWished = true;
      await delay(waitMs, undefined, { signal: this.#signal }).catch(() => undefined);
    }
    // At once: a wish between the last look at it and this one would be lost.
    this.#isBusy = false;
  }
}
