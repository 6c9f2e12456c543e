import { fromCursor, JoineryError, pageSize, permit, type Actor } from "@joinery/kit";
import type { Entry, EntryFilter } from "../domain/entry.js";
import { pageEntries } from "../persistence/entry-store.js";
import type { AuditDeps } from "./ports.js";

/** Newest first; one more than `first` when others follow. Throws ID_INVALID for a malformed id. */
export async function listEntries(
  { door }: AuditDeps,
  actor: Actor,
  filter: EntryFilter,
  first: number,
  after: string | null,
): Promise<Entry[]> {
  const { tenant } = permit(actor, "audit:read");
  for (const id of [filter.identityId, filter.runId]) {
    if (id !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) {
      throw new JoineryError("ID_INVALID", "an id is a UUID");
    }
  }
  const position = after === null ? null : Number(fromCursor(after, 1)[0]);
  return door.withTenant(tenant, (tx) => pageEntries(tx, filter, pageSize(first), position));
}
