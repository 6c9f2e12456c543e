import { fromCursor, pageSize, permit, type Actor } from "@joinery/kit";
import { identityChangeOf, type IdentityChange } from "../domain/identity-change.js";
import { heldWaveOf, pageComputed } from "../persistence/wave-reads.js";
import type { VaultDeps } from "./ports.js";
import { requireUuid } from "./read-identities.js";

/**
 * What the held inbound wave of a run would do to the vault, identity by identity; empty where none
 * is held. One row more than `first` where another page follows. Throws ID_INVALID.
 */
export async function listWaveChanges(
  deps: VaultDeps,
  actor: Actor,
  runId: string,
  first: number,
  after: string | null,
): Promise<IdentityChange[]> {
  const { tenant } = permit(actor, "identity:read");
  requireUuid(runId);
  const position = after === null ? null : String(fromCursor(after, 1)[0]);
  return deps.door.withTenant(tenant, async (tx) => {
    const wave = await heldWaveOf(tx, runId);
    if (wave === null) return [];
    return (await pageComputed(tx, wave, pageSize(first), position)).map(identityChangeOf);
  });
}
