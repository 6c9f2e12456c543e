import { ConnectorError, type WriteResult } from "@joinery/connectors";
import {
  accountChanged, insertOutbox, sealEvents, splitBatches, type Actor as EventActor,
  type OutgoingEvent,
} from "@joinery/events";
import { assert, JoineryError } from "@joinery/kit";
import { ContentReader } from "../../domain/content.js";
import { underClaim } from "../imports/import-work.js";
import type { ExportPort } from "../export-ports.js";
import { noteSuccess } from "../quarantine/note-health.js";
import type { ExportWork } from "./export-work.js";
import { sortAnswers, type Settlement } from "./sort-answers.js";
import type { Departing } from "./take-items.js";

const triesMax = 5;

type Holders = Awaited<ReturnType<ExportPort["holders"]>>;

/**
 * Keeps the answers of one batch in one transaction: accounts as the system has them now, each
 * item's outcome, the run's counts, and the events that tell of it. An account that moved
 * meanwhile (an import was applied) is looked at again. Who has an anchor already is asked only
 * after the database refused one of them, for nobody nearly always does. Throws ConnectorError
 * when one of the answers said that the whole system refuses: what was answered is kept, the rest
 * stays open.
 */
export async function settleItems(
  work: ExportWork,
  departing: Departing,
  results: readonly WriteResult[],
): Promise<void> {
  let current = departing;
  let holders: Holders = new Map();
  for (let tries = 1; ; tries += 1) {
    try {
      const settled = await settleOnce(work, current, results, holders);
      if (settled.stop === null) return;
      const { code, reason } = settled.stop;
      throw new ConnectorError("stop", code as ConnectorError["code"], reason);
    } catch (error) {
      const hasMoved = error instanceof JoineryError && error.code === "EXPORT_MOVED";
      const isTaken = isTakenAnchor(error);
      if ((!hasMoved && !isTaken) || tries === triesMax) throw error;
      if (isTaken) holders = await holdersOf(work, results);
      current = await refreshed(work, current);
    }
  }
}

async function settleOnce(
  work: ExportWork,
  departing: Departing,
  results: readonly WriteResult[],
  holders: Holders,
): Promise<Settlement> {
  const { deps, task, application, wave } = work;
  const run = await deps.within(task.tenant, (tx) => deps.runs.find(tx, wave.runId));
  assert(run !== null, "a wave belongs to a run");
  const readers = {
    user: new ContentReader(application.schema.user ?? []),
    group: new ContentReader(application.schema.group ?? []),
  };
  const settled = sortAnswers(work, departing, results, holders, readers);
  const events = await sealEvents(deps.sealer, eventsOf(work, run.actor as EventActor, settled));
  await underClaim(work, async (tx) => {
    const moved = settled.written.length + settled.gone.length
      - (await deps.exports.saveWritten(tx, settled.written))
      - (await deps.exports.saveGone(tx, settled.gone));
    if (moved !== 0) throw new JoineryError("EXPORT_MOVED", "an account changed meanwhile");
    await deps.exports.saveMembers(tx, wave.id, settled.members);
    await deps.exports.markDone(tx, wave.id, settled.done);
    await deps.exports.markFailed(tx, wave.id, settled.failed);
    await deps.exports.markRetry(tx, wave.id, settled.retried);
    await deps.exports.markStale(tx, wave.id, settled.stale);
    await deps.exports.withdrawPlanned(tx, settled.withdrawn);
    await deps.exports.planAgain(tx, settled.renamed);
    await deps.exports.noteInFlight(tx, application.id, []);
    if (settled.done.length > 0) {
      await deps.exports.unpause(tx, application.id);
      if (application.health.failures > 0) await noteSuccess(deps, tx, application.id);
    }
    await deps.runs.tallyMany(tx, wave.runId, settled.failed);
    await deps.waves.change(tx, wave.id, { addDone: settled.done.length });
    await deps.runs.change(tx, wave.runId, { counts: countsOf(settled) });
    await insertOutbox(tx.client, events);
  });
  return settled;
}

/** Which account has each anchor that was written. */
async function holdersOf(
  { deps, task, application }: ExportWork,
  results: readonly WriteResult[],
): Promise<Holders> {
  const objects = results.flatMap((result) =>
    result.ok && result.object !== undefined ? [result.object] : []);
  return deps.within(task.tenant, (tx) => deps.exports.holders(tx, application.id, objects));
}

function countsOf({ done, failed, retried, stale }: Settlement) {
  const counts = {
    itemsDone: done.length, itemsFailed: failed.length, itemsRetried: retried.length,
    itemsStale: stale.length,
  };
  return Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0));
}

/** The same writes with their accounts as they are now. */
async function refreshed(work: ExportWork, departing: Departing): Promise<Departing> {
  const { deps, task } = work;
  const ids = [...departing.items.values()].map(({ accountId }) => accountId);
  const revisions = await deps.within(task.tenant, (tx) => deps.accounts.revisions(tx, ids));
  const items = new Map([...departing.items].map(([id, item]) => {
    const revision = revisions.get(item.accountId) ?? item.account.revision;
    return [id, { ...item, account: { ...item.account, revision } }];
  }));
  return { ...departing, items };
}

function isTakenAnchor(error: unknown): boolean {
  return error instanceof Error && "constraint" in error && error.constraint === "account__anchor";
}

function eventsOf(
  { task, application, wave }: ExportWork,
  actor: EventActor,
  settled: Settlement,
): OutgoingEvent[] {
  const by = { tenant: task.tenant, actor, correlation: wave.runId };
  const place = { applicationId: application.id, runId: wave.runId };
  return splitBatches(settled.told).map((some) => ({
    ...by, event: accountChanged, payload: { ...place, origin: "export" as const, accounts: some },
  }));
}
