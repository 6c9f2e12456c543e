import type { ConnectorObject, ConnectorWrite, WriteResult } from "@joinery/connectors";
import {
  accountChanged, insertOutbox, memberChanged, sealEvents, splitBatches, type AccountChange,
  type Actor as EventActor, type OutgoingEvent,
} from "@joinery/events";
import { assert } from "@joinery/kit";
import { ContentReader, contentProblem } from "../../domain/content.js";
import { backoffMs, exportPolicyDefault } from "../../domain/export-policy.js";
import type { QueuedItem } from "../../domain/export-write.js";
import { nameKey } from "../../domain/name-key.js";
import type { Refused, Retry, WrittenAccount, WrittenMembers } from "../export-ports.js";
import { underClaim } from "../imports/import-work.js";
import type { ExportWork } from "./export-work.js";
import type { Departing } from "./take-items.js";

/** Answers of one batch, sorted by what they mean. */
interface Settlement {
  readonly written: WrittenAccount[];
  readonly gone: string[];
  readonly members: WrittenMembers[];
  readonly done: string[];
  readonly failed: Refused[];
  readonly retried: Retry[];
  readonly stale: Refused[];
  readonly told: AccountChange[];
  readonly toldMembers: { group: string; member: string; memberAccount: string | null; present: boolean }[];
}

/** Codes after which the account is not what we think: it is planned again from what is read next. */
const movedCodes = new Set(["OBJECT_CHANGED", "OBJECT_GONE"]);

/**
 * Keeps the answers of one batch in one transaction: accounts as the system has them now, each item's
 * outcome, the run's counts, and the events that tell of it.
 */
export async function settleItems(
  work: ExportWork,
  departing: Departing,
  results: readonly WriteResult[],
): Promise<void> {
  const { deps, task, application, wave } = work;
  const settled = sortAnswers(work, departing, results);
  const run = await deps.within(task.tenant, (tx) => deps.runs.find(tx, wave.runId));
  assert(run !== null, "a wave belongs to a run");
  const events = eventsOf(work, run.actor as EventActor, settled);
  const sealed = await sealEvents(deps.sealer, events);
  await underClaim(work, async (tx) => {
    await deps.exports.saveWritten(tx, settled.written);
    await deps.exports.saveGone(tx, settled.gone);
    await deps.exports.saveMembers(tx, settled.members);
    await deps.exports.markDone(tx, settled.done);
    await deps.exports.markFailed(tx, settled.failed);
    await deps.exports.markRetry(tx, settled.retried);
    await deps.exports.markStale(tx, settled.stale);
    await deps.exports.noteInFlight(tx, application.id, []);
    if (settled.done.length > 0) await deps.exports.unpause(tx, application.id);
    await deps.runs.change(tx, wave.runId, {
      counts: {
        itemsDone: settled.done.length, itemsFailed: settled.failed.length,
        itemsRetried: settled.retried.length, itemsStale: settled.stale.length,
      },
    });
    for (const { id, code, reason } of settled.failed) {
      const object = departing.items.get(id)?.account.name ?? id;
      await deps.runs.tally(tx, wave.runId, code, object, reason);
    }
    await insertOutbox(tx.client, sealed);
  });
}

function sortAnswers(
  work: ExportWork,
  { items, writes }: Departing,
  results: readonly WriteResult[],
): Settlement {
  const settled: Settlement = {
    written: [], gone: [], members: [], done: [], failed: [], retried: [], stale: [], told: [],
    toldMembers: [],
  };
  const readers = {
    user: new ContentReader(work.application.schema.user ?? []),
    group: new ContentReader(work.application.schema.group ?? []),
  };
  const answers = new Map(results.map((result) => [result.id, result]));
  for (const write of writes) {
    const item = items.get(write.id);
    assert(item !== undefined, "every write has its item");
    const result = answers.get(write.id);
    if (result === undefined) refuse(work, item, unanswered(item.id), settled);
    else if (!result.ok) refuse(work, item, result, settled);
    else if (write.operation === "members") takeMembers(work, item, write, settled);
    else if (write.operation === "delete") takeGone(item, settled);
    else takeObject(item, result.object, readers[item.kind], settled);
  }
  return settled;
}

/** The connector came back without a word about this one: sent again, after a while. */
function unanswered(id: string): Extract<WriteResult, { ok: false }> {
  const reason = "the connector did not answer for this write";
  return { id, ok: false, kind: "retry", code: "CONNECTOR_TIMEOUT", reason };
}

function takeObject(
  item: QueuedItem,
  object: ConnectorObject | undefined,
  reader: ContentReader,
  settled: Settlement,
): void {
  assert(object !== undefined, "a create or update answers with the object as it is");
  const content = reader.read(object);
  const problem = contentProblem(object, content);
  if (problem !== null) {
    settled.failed.push({ id: item.id, code: problem.code, reason: problem.reason });
    return;
  }
  settled.written.push({
    id: item.accountId,
    anchor: object.anchor,
    name: object.name,
    nameKey: nameKey(object.name),
    attributes: content.attributes,
    enabled: object.enabled ?? null,
    hash: content.digest.subarray(0, 16).toString("hex"),
  });
  settled.done.push(item.id);
  settled.told.push({
    ...toldBase(item),
    anchor: object.anchor,
    name: object.name,
    attributes: object.attributes as AccountChange["attributes"],
    ...(object.enabled === undefined ? {} : { enabled: object.enabled }),
    state: "present",
    before: item.operation === "create" ? null : (item.before as AccountChange["before"]),
  });
}

function takeGone(item: QueuedItem, settled: Settlement): void {
  settled.gone.push(item.accountId);
  settled.done.push(item.id);
  settled.told.push({
    ...toldBase(item),
    anchor: item.account.anchor ?? item.accountId,
    name: item.account.name,
    attributes: {},
    state: "gone",
    before: item.before as AccountChange["before"],
  });
}

function toldBase(item: QueuedItem) {
  return {
    id: item.accountId,
    kind: item.kind,
    revision: item.account.revision + 1,
    ...(item.identityId === null ? {} : { identityId: item.identityId }),
    because: [...item.because],
  };
}

function takeMembers(
  { application }: ExportWork,
  item: QueuedItem,
  write: Extract<ConnectorWrite, { operation: "members" }>,
  settled: Settlement,
): void {
  const ids = (name: "add" | "remove") => (item.after[name] ?? []) as readonly string[];
  const added = write.add.map((member, at) => ({
    member, memberKey: nameKey(member), memberAccount: ids("add")[at] ?? null,
  }));
  settled.members.push({
    group: item.accountId, applicationId: application.id, added, removed: write.remove,
  });
  settled.done.push(item.id);
  for (const { member, memberAccount } of added) {
    settled.toldMembers.push({ group: item.accountId, member, memberAccount, present: true });
  }
  for (const [at, member] of write.remove.entries()) {
    const memberAccount = ids("remove")[at] ?? null;
    settled.toldMembers.push({ group: item.accountId, member, memberAccount, present: false });
  }
}

function refuse(
  { deps, application }: ExportWork,
  item: QueuedItem,
  result: Extract<WriteResult, { ok: false }>,
  settled: Settlement,
): void {
  const { code, reason, kind, retryAfterMs } = result;
  const policy = application.exportPolicy;
  const attempts = item.attempts + 1;
  const isLast = attempts >= (policy.attemptsMax ?? exportPolicyDefault.attemptsMax);
  if (kind === "retry" && !isLast) {
    const inMs = backoffMs(policy, attempts, deps.chance(), retryAfterMs);
    settled.retried.push({ id: item.id, code, reason, inMs });
  } else if (movedCodes.has(code)) {
    settled.stale.push({ id: item.id, code, reason });
  } else {
    settled.failed.push({ id: item.id, code, reason });
  }
}

function eventsOf(
  { task, application, wave }: ExportWork,
  actor: EventActor,
  settled: Settlement,
): OutgoingEvent[] {
  const by = { tenant: task.tenant, actor, correlation: wave.runId };
  const place = { applicationId: application.id, runId: wave.runId };
  const accounts = splitBatches(settled.told).map((some) => ({
    ...by, event: accountChanged, payload: { ...place, origin: "export" as const, accounts: some },
  }));
  const members = splitBatches(settled.toldMembers, 5_000).map((some) => ({
    ...by, event: memberChanged, payload: { ...place, members: some },
  }));
  return [...accounts, ...members];
}
