import type { ConnectorWrite } from "@joinery/connectors";
import { unavailableFor } from "../../domain/application.js";
import { exportPolicyDefault } from "../../domain/export-policy.js";
import { referencesOf, toWrite, writeIdOf, type QueuedItem, type StaleCode } from
  "../../domain/export-write.js";
import { underClaim } from "../imports/import-work.js";
import type { Refused } from "../export-ports.js";
import { batchSizeMax, type ExportWork } from "./export-work.js";

/** What leaves in one call of the connector, with the items by the ids of their writes. */
export interface Departing {
  readonly items: ReadonlyMap<string, QueuedItem>;
  readonly writes: readonly ConnectorWrite[];
}

const reasons: Readonly<Record<StaleCode, string>> = {
  BASE_MOVED: "the account is not what the change was computed from",
  REFERENCE_MISSING: "an account that it refers to is not there",
  ACCOUNT_GONE: "the account is gone",
  ACCOUNT_THERE: "the account is there already",
};

/**
 * Takes the next items, names the accounts that they refer to and checks what they were computed
 * from once more; void ones are set aside in the same transaction. `empty`: nothing may leave now;
 * `stopped`: nothing may leave at all.
 */
export async function takeItems(
  work: ExportWork,
  limit: number,
): Promise<Departing | "empty" | "stopped"> {
  const { deps, application, wave } = work;
  return underClaim(work, async (tx) => {
    const current = await deps.applications.find(tx, application.id);
    if (current === null || unavailableFor(current) !== null) return "stopped";
    const size = Math.min(limit, batchSizeMax);
    const taken = await deps.exports.take(tx, wave.id, size);
    if (taken.length === 0) return "empty";
    const by = current.exportPolicy.references ?? exportPolicyDefault.references;
    const wanted = [...new Set(taken.flatMap(referencesOf))].filter((id) => uuid.test(id));
    const names = wanted.length === 0 ? new Map<string, string>()
      : await deps.exports.names(tx, wanted, by);
    const { departing, stale } = sort(work, taken, names);
    await deps.exports.markStale(tx, wave.id, stale);
    const creates = [...departing.items.values()].flatMap(({ operation, id }) =>
      operation === "create" ? [id] : []);
    if (creates.length > 0) await deps.exports.noteInFlight(tx, application.id, creates);
    if (stale.length > 0) {
      await deps.runs.change(tx, wave.runId, { counts: { itemsStale: stale.length } });
    }
    return departing;
  });
}

function sort(
  { application }: ExportWork,
  taken: readonly QueuedItem[],
  names: ReadonlyMap<string, string>,
): { departing: Departing; stale: Refused[] } {
  const items = new Map<string, QueuedItem>();
  const writes: ConnectorWrite[] = [];
  const stale: Refused[] = [];
  for (const item of taken) {
    const schema = application.schema[item.kind] ?? [];
    const outgoing = toWrite(item, schema, (id) => names.get(id) ?? null);
    if (outgoing.outcome === "stale") {
      stale.push({ id: item.id, code: outgoing.code, reason: reasons[outgoing.code] });
    } else {
      items.set(writeIdOf(item), item);
      writes.push(outgoing.write);
    }
  }
  return { departing: { items, writes }, stale };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
