import type { SealedEvent } from "@joinery/events";
import { copyRows, json, type TenantTransaction } from "@joinery/kit";
import type { ComputedIdentity } from "../domain/fold.js";
import type { AccountDecision } from "../domain/inbound.js";

export interface ComputedBatch {
  readonly waveId: string;
  readonly batch: number;
  readonly applicationId: string;
  readonly decisions: readonly AccountDecision[];
  readonly identities: readonly ComputedIdentity[];
  readonly events: readonly SealedEvent[];
}

/** Keeps what a batch decided in the wave's working rows: four statements whatever its size. */
export async function storeComputed(tx: TenantTransaction, computed: ComputedBatch): Promise<void> {
  const { waveId, batch } = computed;
  await copyRows(
    tx,
    "wave_decision",
    ["wave_id", "account_id", "application_id", "batch", "situation", "identity_id", "join_rule",
     "candidates", "failure"],
    computed.decisions.map((decision) => [
      waveId, decision.accountId, computed.applicationId, batch, decision.situation,
      decision.identityId, decision.rule,
      decision.candidates.length === 0 ? null : decision.candidates,
      decision.failure ? json(decision.failure) : null,
    ]),
  );
  await storeIdentities(tx, waveId, batch, computed.identities);
  await copyRows(
    tx,
    "wave_event",
    ["wave_id", "batch", "place", "envelope", "sealed"],
    computed.events.map((event, place) => [
      waveId, batch, place, json(event.envelope), Buffer.from(event.sealed),
    ]),
  );
}

const identityColumns = [
  "wave_id", "id", "batch", "kind", "label", "attributes", "origins", "classification", "revision",
  "state", "next_due_at", "keys", "group_ids", "group_origins",
] as const;

/** An identity that an earlier batch of the wave computed is replaced, and applied with that batch. */
async function storeIdentities(
  tx: TenantTransaction,
  waveId: string,
  batch: number,
  identities: readonly ComputedIdentity[],
): Promise<void> {
  const ids = identities.map((identity) => identity.id);
  const earlier = await tx.query<{ id: string; batch: number }>(
    "delete from wave_identity where wave_id = $1 and id = any($2::uuid[]) returning id, batch",
    [waveId, ids],
  );
  if (earlier.length > 0) {
    await tx.execute(
      "delete from wave_key where wave_id = $1 and identity_id = any($2::uuid[])",
      [waveId, earlier.map((row) => row.id)],
    );
  }
  const placed = new Map(earlier.map((row) => [row.id, row.batch]));
  await copyRows(
    tx,
    "wave_identity",
    identityColumns,
    identities.map((identity) => [
      waveId, identity.id, placed.get(identity.id) ?? batch, identity.kind, identity.label,
      json(identity.attributes), json(identity.origins), identity.classification, identity.revision,
      identity.state, identity.nextDueAt, identity.keys,
      identity.memberships.map((group) => group.groupId),
      identity.memberships.map((group) => `rule:${group.rule}`),
    ]),
  );
  await copyRows(
    tx,
    "wave_key",
    ["wave_id", "key", "identity_id"],
    identities.flatMap((identity) => identity.keys.map((key) => [waveId, key, identity.id])),
  );
}

/** Joining keys of the accounts of a batch that found no identity, so that a later one finds them. */
export async function storeWaitingKeys(
  tx: TenantTransaction,
  accounts: readonly string[],
  keys: readonly { readonly account: string; readonly key: string }[],
): Promise<void> {
  await tx.execute(
    "delete from join_key where side = 'a' and owner = any($1::uuid[])",
    [accounts],
  );
  if (keys.length === 0) return;
  await tx.execute(
    `insert into join_key (key, side, owner)
     select k, 'a', o from unnest($1::uuid[], $2::uuid[]) as u(k, o)
     on conflict do nothing`,
    [keys.map((key) => key.key), keys.map((key) => key.account)],
  );
}
