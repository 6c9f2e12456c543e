import {
  accountChanged, EventError, memberChanged, sealEvents, splitBatches,
  type AccountChange, type Actor as EventActor, type OutgoingEvent, type SealedEvent,
} from "@joinery/events";
import type { Value } from "@joinery/engine";
import { isInSandbox } from "../../domain/application.js";
import type { StagedRow } from "../import-ports.js";
import type { ImportWork } from "./import-work.js";

export interface ChangedMember {
  readonly group: string;
  readonly member: string;
  readonly memberAccount: string | null;
  readonly present: boolean;
}

/** What one range of the stage tells, with the revisions that its accounts get. */
export function accountChangesOf(rows: readonly StagedRow[]): AccountChange[] {
  return rows.flatMap((row) => {
    const change = row.member === null ? toAccountChange(row) : null;
    return change === null ? [] : [change];
  });
}

/** Null for a row that is not applied: a write of ours is newer than the read. */
function toAccountChange(row: StagedRow): AccountChange | null {
  const { known, operation } = row;
  if (row.accountId === null || operation === "skipped") return null;
  if (known !== null && (known.isNewer || (operation === "gone" && known.state !== "present"))) {
    return null;
  }
  const base = {
    id: row.accountId, kind: row.kind, anchor: row.anchor, revision: (known?.revision ?? 0) + 1,
    because: [],
  };
  if (operation === "gone") {
    if (known === null) return null;
    return { ...base, name: known.name, attributes: {}, state: "gone", before: {} };
  }
  const attributes = JSON.parse(row.attributes ?? "{}") as AccountChange["attributes"];
  const wasThere = operation === "changed" && known !== null && known.state === "present";
  return {
    ...base,
    name: row.name ?? row.anchor,
    attributes,
    ...(row.enabled === null ? {} : { enabled: row.enabled }),
    state: "present",
    ...(row.identityId === null ? {} : { identityId: row.identityId }),
    before: wasThere ? beforeOf(known, { attributes, enabled: row.enabled }) : null,
  };
}

/** What an account holds, in the one stored form; `enabled` null where it has no such state. */
interface Held {
  readonly attributes: Readonly<Record<string, Value>>;
  readonly enabled: boolean | null;
}

/** Values before, of the attributes that differ; `$enabled` stands for the state. */
export function beforeOf(was: Held, is: Held): NonNullable<AccountChange["before"]> {
  const before: Record<string, Value | null> = {};
  for (const name of new Set([...Object.keys(was.attributes), ...Object.keys(is.attributes)])) {
    const old = was.attributes[name];
    if (JSON.stringify(old) !== JSON.stringify(is.attributes[name])) before[name] = old ?? null;
  }
  if (was.enabled !== is.enabled) before["$enabled"] = was.enabled;
  return before as NonNullable<AccountChange["before"]>;
}

export function memberChangesOf(rows: readonly StagedRow[]): ChangedMember[] {
  return rows.flatMap((row) => {
    if (row.member === null || row.accountId === null) return [];
    return [{
      group: row.accountId, member: row.member, memberAccount: row.memberAccount,
      present: row.operation === "memberAdded",
    }];
  });
}

/** A payload is this long at most, uncompressed: it fits without being measured. */
const plainBytesMax = 480 * 1024;
/** Names of fields, ids and state of one account. */
const fieldBytes = 400;

/**
 * Batches that fit an event by an estimate; where it is too small after all (text of other scripts
 * that hardly compresses) the exact cut measures.
 */
function cutBySize(accounts: readonly AccountChange[]): AccountChange[][] {
  const batches: AccountChange[][] = [];
  let batch: AccountChange[] = [];
  let bytes = 0;
  for (const account of accounts) {
    const own = bytesOf(account);
    if (batch.length > 0 && (bytes + own > plainBytesMax || batch.length === 1_000)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(account);
    bytes += own;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

/** Most characters take one byte; some three, and six where they are escaped. */
function bytesOf({ attributes, before, name, anchor }: AccountChange): number {
  let units = name.length + anchor.length;
  for (const values of [attributes, before ?? {}]) {
    for (const key in values) units += key.length + 8 + unitsOf(values[key]);
  }
  return fieldBytes + units + units / 2;
}

function unitsOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + unitsOf(each) + 3, 0);
  return 24;
}

/** Places of events in the wave: `own` first where a place waits for one, then from `next` on. */
export interface Places {
  readonly own: number | null;
  readonly next: number;
}

/**
 * Cut by size, each with its place in the wave, sealed. A place that waits is always taken. Of an
 * application in the sandbox nothing is told.
 */
export async function sealImportEvents(
  work: ImportWork,
  places: Places,
  accounts: readonly AccountChange[],
  members: readonly ChangedMember[],
): Promise<SealedEvent[]> {
  if (isInSandbox(work.application)) return [];
  return sealCut(work, accounts, (batches) => eventsOf(work, places, batches, members));
}

/** An event of some accounts of which nothing is held yet. */
export interface SealedAccounts {
  readonly event: SealedEvent;
  readonly accounts: number;
}

/** The same for accounts alone, telling how many each event is of, in order. */
export async function sealAccounts(
  work: ImportWork,
  next: number,
  accounts: readonly AccountChange[],
): Promise<SealedAccounts[]> {
  let cut: readonly AccountChange[][] = [];
  const events = await sealCut(work, accounts, (batches) => {
    cut = batches;
    return eventsOf(work, { own: null, next }, batches, []);
  });
  return events.map((event, at) => ({ event, accounts: cut[at]?.length ?? 0 }));
}

/** Cut by size; where that was too large after all, by the exact cut. */
async function sealCut(
  { deps }: ImportWork,
  accounts: readonly AccountChange[],
  toEvents: (batches: readonly AccountChange[][]) => readonly OutgoingEvent[],
): Promise<SealedEvent[]> {
  const { sealer } = deps;
  try {
    return await sealEvents(sealer, toEvents(cutBySize(accounts)));
  } catch (error) {
    if (!(error instanceof EventError) || error.code !== "EVENT_TOO_LARGE") throw error;
    return sealEvents(sealer, toEvents(splitBatches(accounts)));
  }
}

function eventsOf(
  { task, run, application, wave }: ImportWork,
  { own, next }: Places,
  accounts: readonly AccountChange[][],
  members: readonly ChangedMember[],
): OutgoingEvent[] {
  const place = { applicationId: application.id, runId: run.id };
  const by = { tenant: task.tenant, actor: run.actor as EventActor, correlation: run.id };
  const events: OutgoingEvent[] = [];
  const places = own === null ? [] : [own];
  const placed = () => {
    const batch = places[events.length] ?? next + events.length - places.length;
    return { ...by, wave: { id: wave.id, batch } };
  };
  const batches = own !== null && accounts.length + members.length === 0 ? [[]] : accounts;
  for (const some of batches) {
    const payload = { ...place, origin: "import" as const, accounts: some };
    events.push({ ...placed(), event: accountChanged, payload });
  }
  for (const some of splitBatches(members, 5_000)) {
    events.push({ ...placed(), event: memberChanged, payload: { ...place, members: some } });
  }
  return events;
}
