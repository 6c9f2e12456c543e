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
    ["wave_id", "account_id", "application_id", "anchor", "situation", "identity_id", "join_rule",
     "candidates", "failure"],
    computed.decisions.map((decision) => [
      waveId, decision.accountId, computed.applicationId, decision.anchor, decision.situation,
      decision.identityId, decision.rule,
      decision.candidates.length === 0 ? null : decision.candidates,
      decision.failure ? json(decision.failure) : null,
    ]),
  );
  await storeIdentities(tx, waveId, computed.identities);
  await tx.execute(
    `insert into wave_batch (wave_id, batch, account_ids, identity_ids, envelopes, sealed)
     values ($1, $2, $3, $4, $5, $6)`,
    [
      waveId,
      batch,
      computed.decisions.map((decision) => decision.accountId),
      computed.identities.map((identity) => identity.id),
      JSON.stringify(computed.events.map((event) => event.envelope)),
      computed.events.map((event) => Buffer.from(event.sealed)),
    ],
  );
}

const identityColumns = [
  "wave_id", "id", "kind", "label", "attributes", "origins", "kept", "classification", "revision",
  "state", "next_due_at", "keys", "group_ids", "group_origins",
] as const;

/** What an earlier batch of the wave computed of an identity is replaced. */
async function storeIdentities(
  tx: TenantTransaction,
  waveId: string,
  identities: readonly ComputedIdentity[],
): Promise<void> {
  const ids = identities.map((identity) => identity.id);
  const earlier = await tx.query<{ id: string; keys: string[] }>(
    "delete from wave_identity where wave_id = $1 and id = any($2::uuid[]) returning id, keys",
    [waveId, ids],
  );
  if (earlier.length > 0) {
    await tx.execute(
      `delete from wave_key where wave_id = $1 and key = any($2::uuid[])
         and identity_id = any($3::uuid[])`,
      [waveId, earlier.flatMap((row) => row.keys), earlier.map((row) => row.id)],
    );
  }
  await copyRows(
    tx,
    "wave_identity",
    identityColumns,
    identities.map((identity) => [
      waveId, identity.id, identity.kind, identity.label,
      json(identity.attributes), json(identity.origins), json(identity.kept),
      identity.classification, identity.revision, identity.state, identity.nextDueAt,
      identity.keys,
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

/**
 * Joining keys of the accounts of a batch that found no identity, so that a later one finds them.
 */
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
