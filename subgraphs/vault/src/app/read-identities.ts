import { fromCursor, JoineryError, pageSize, permit, type Actor } from "@joinery/kit";
import {
  countIdentities, findIdentities, joinsOf, pageIdentities, pageMemberships, pageWaitingAccounts,
} from "../persistence/identity-reads.js";
import type { IdentityFilter, IdentityView, JoinView } from "../domain/views.js";
import type { VaultDeps } from "./ports.js";

/** One row more than `first` when another page follows. */
export async function listIdentities(
  deps: VaultDeps,
  actor: Actor,
  filter: IdentityFilter,
  first: number,
  after: string | null,
): Promise<IdentityView[]> {
  const { tenant } = permit(actor, "identity:read");
  const position = after === null ? null : (fromCursor(after, 2) as [string, string]);
  return deps.door.withTenant(tenant, (tx) =>
    pageIdentities(tx, filter, pageSize(first), position),
  );
}

export async function countAllIdentities(deps: VaultDeps, actor: Actor) {
  const { tenant } = permit(actor, "identity:read");
  return deps.door.withTenant(tenant, countIdentities);
}

/** In the order asked for; null where there is none. */
export async function loadIdentities(
  deps: VaultDeps,
  actor: Actor,
  ids: readonly string[],
): Promise<(IdentityView | null)[]> {
  const { tenant } = permit(actor, "identity:read");
  const wanted = ids.filter(isUuid);
  const rows = await deps.door.withTenant(tenant, (tx) => findIdentities(tx, wanted));
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** Joined accounts by identity. */
export async function loadJoins(
  deps: VaultDeps,
  actor: Actor,
  ids: readonly string[],
): Promise<JoinView[][]> {
  const { tenant } = permit(actor, "account:read");
  const rows = await deps.door.withTenant(tenant, (tx) => joinsOf(tx, ids));
  const byIdentity = Map.groupBy(rows, (row) => row.identityId);
  return ids.map((id) => byIdentity.get(id) ?? []);
}

export const waitingSituations = ["unmatched", "disputed", "failed"] as const;

/** Accounts that found nobody, more than one, or whose values could not be mapped. */
export async function listWaitingAccounts(
  deps: VaultDeps,
  actor: Actor,
  applicationId: string,
  situation: string,
  first: number,
  after: string | null,
): Promise<JoinView[]> {
  const { tenant } = permit(actor, "account:read");
  if (!waitingSituations.some((known) => known === situation)) {
    throw new JoineryError(
      "SITUATION_UNKNOWN",
      `situation is one of ${waitingSituations.join(", ")}`,
    );
  }
  requireUuid(applicationId);
  const position = after === null ? null : String(fromCursor(after, 1)[0]);
  return deps.door.withTenant(tenant, (tx) =>
    pageWaitingAccounts(tx, applicationId, situation, pageSize(first), position),
  );
}

/** Members of a group, or groups of a member. */
export async function listMemberships(
  deps: VaultDeps,
  actor: Actor,
  side: "group" | "member",
  id: string,
  first: number,
  after: string | null,
) {
  const { tenant } = permit(actor, "identity:read");
  const position = after === null ? null : String(fromCursor(after, 1)[0]);
  return deps.door.withTenant(tenant, (tx) =>
    pageMemberships(tx, side, id, pageSize(first), position),
  );
}

/** Throws ID_INVALID, so that a mistyped id is no failure of the database. */
export function requireUuid(id: string): void {
  if (!isUuid(id)) throw new JoineryError("ID_INVALID", "an id is a UUID");
}

function isUuid(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
}
