import type { ConnectorWrite } from "@joinery/connectors";
import { referencesOf, toWrite, type QueuedItem } from "../../domain/export-write.js";
import { exportPolicyDefault } from "../../domain/export-policy.js";
import { underClaim } from "../imports/import-work.js";
import { batchSizeMax, type ExportWork } from "./export-work.js";

/** What leaves in one call of the connector, with the items by their ids. */
export interface Departing {
  readonly items: ReadonlyMap<string, QueuedItem>;
  readonly writes: readonly ConnectorWrite[];
  /** Items that turned out to be void: their identities are planned again. */
  readonly stale: number;
}

const reasons = {
  BASE_MOVED: "the account is not what the change was computed from",
  REFERENCE_MISSING: "an account that it refers to is not there",
  ACCOUNT_GONE: "the account is gone",
} as const;

/**
 * Takes the next items, names the accounts that they refer to and checks what they were computed
 * from once more; void ones are set aside in the same transaction. Null when nothing may leave now.
 */
export async function takeItems(work: ExportWork, limit: number): Promise<Departing | null> {
  const { deps, application, wave } = work;
  return underClaim(work, async (tx) => {
    const size = Math.min(limit, batchSizeMax);
    const taken = await deps.exports.take(tx, application.id, wave.id, size);
    if (taken.length === 0) return null;
    const by = application.exportPolicy.references ?? exportPolicyDefault.references;
    const wanted = [...new Set(taken.flatMap(referencesOf))].filter((id) => uuid.test(id));
    const names = await deps.exports.names(tx, wanted, by);
    const items = new Map<string, QueuedItem>();
    const writes: ConnectorWrite[] = [];
    const stale: { id: string; code: string; reason: string }[] = [];
    for (const item of taken) {
      const schema = application.schema[item.kind] ?? [];
      const outgoing = toWrite(item, schema, (id) => names.get(id) ?? null);
      if (outgoing.outcome === "stale") {
        stale.push({ id: item.id, code: outgoing.code, reason: reasons[outgoing.code] });
        continue;
      }
      items.set(item.id, item);
      writes.push(outgoing.write);
    }
    await deps.exports.markStale(tx, stale);
    const creates = writes.filter(({ operation }) => operation === "create").map(({ id }) => id);
    if (creates.length > 0) await deps.exports.noteInFlight(tx, application.id, creates);
    if (stale.length > 0) {
      await deps.runs.change(tx, wave.runId, { counts: { itemsStale: stale.length } });
    }
    return { items, writes, stale: stale.length };
  });
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
