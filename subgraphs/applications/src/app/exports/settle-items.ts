import { ConnectorError, type WriteResult } from "@joinery/connectors";
import {
  accountChanged, insertOutbox, sealEvents, splitBatches, type Actor as EventActor,
  type OutgoingEvent,
} from "@joinery/events";
import { assert, JoineryError } from "@joinery/kit";
import { ContentReader } from "../../domain/content.js";
import { underClaim } from "../imports/import-work.js";
import type { ExportWork } from "./export-work.js";
import { sortAnswers, type Settlement } from "./sort-answers.js";
import type { Departing } from "./take-items.js";

const triesMax = 5;

/**
 * Keeps the answers of one batch in one transaction: accounts as the system has them now, each
 * item's outcome, the run's counts, and the events that tell of it. An account that moved meanwhile
 * (an import was applied) is looked at again. Throws ConnectorError when one of the answers said
 * that the whole system refuses: what was answered is kept, the rest stays open.
 */
export async function settleItems(
  work: ExportWork,
  departing: Departing,
  results: readonly WriteResult[],
): Promise<void> {
  let current = departing;
  for (let tries = 1; ; tries += 1) {
    try {
      const settled = await settleOnce(work, current, results);
      if (settled.stop === null) return;
      const { code, reason } = settled.stop;
      throw new ConnectorError("stop", code as ConnectorError["code"], reason);
    } catch (error) {
      const hasMoved = error instanceof JoineryError && error.code === "EXPORT_MOVED";
      if ((!hasMoved && !isTakenAnchor(error)) || tries === triesMax) throw error;
      current = await refreshed(work, current);
    }
  }
}

async function settleOnce(
  work: ExportWork,
  departing: Departing,
  results: readonly WriteResult[],
): Promise<Settlement> {
  const { deps, task, application, wave } = work;
  const objects = results.flatMap((result) =>
    result.ok && result.object !== undefined ? [result.object] : []);
  const { run, holders } = await deps.within(task.tenant, async (tx) => ({
    run: await deps.runs.find(tx, wave.runId),
    holders: await deps.exports.holders(tx, application.id, objects),
  }));
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
    await deps.exports.saveMembers(tx, settled.members);
    await deps.exports.markDone(tx, settled.done);
    await deps.exports.markFailed(tx, settled.failed);
    await deps.exports.markRetry(tx, settled.retried);
    await deps.exports.markStale(tx, settled.stale);
    await deps.exports.withdrawPlanned(tx, settled.withdrawn);
    await deps.exports.noteInFlight(tx, application.id, []);
    if (settled.done.length > 0) await deps.exports.unpause(tx, application.id);
    await deps.runs.tallyMany(tx, wave.runId, settled.failed);
    await deps.runs.change(tx, wave.runId, { counts: countsOf(settled) });
    await insertOutbox(tx.client, events);
  });
  return settled;
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
