import {
  accountChanged, memberChanged, sealEvents, splitBatches,
  type AccountChange, type Actor as EventActor, type OutgoingEvent, type SealedEvent,
} from "@joinery/events";
import type { Value } from "@joinery/engine";
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

/** Cut by size, each with its place in the wave from `batch` on, sealed. */
export async function sealImportEvents(
  work: ImportWork,
  batch: number,
  accounts: readonly AccountChange[],
  members: readonly ChangedMember[],
): Promise<SealedEvent[]> {
  const { deps, task, run, application, wave } = work;
  const place = { applicationId: application.id, runId: run.id };
  const by = { tenant: task.tenant, actor: run.actor as EventActor, correlation: run.id };
  const events: OutgoingEvent[] = [];
  const placed = () => ({ ...by, wave: { id: wave.id, batch: batch + events.length } });
  for (const some of splitBatches(accounts)) {
    const payload = { ...place, origin: "import" as const, accounts: some };
    events.push({ ...placed(), event: accountChanged, payload });
  }
  for (const some of splitBatches(members, 5_000)) {
    events.push({ ...placed(), event: memberChanged, payload: { ...place, members: some } });
  }
  return sealEvents(deps.sealer, events);
}
