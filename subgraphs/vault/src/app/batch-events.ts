import { DigestBuilder, itemHash } from "@joinery/engine";
import {
  identityChanged, identitySimulated, membershipChanged, membershipSimulated, sealEvents,
  splitBatches,
  type Actor, type IdentityChange, type OutgoingEvent, type SealedEvent, type Sealer,
} from "@joinery/events";
import type { ComputedIdentity } from "../domain/fold.js";
import type { RuleMembership } from "../domain/identities.js";
import { storeWaitingKeys } from "../persistence/inbound-writes.js";

/** Where what is computed goes: others are told of changes, or of what would be. */
export interface Sink {
  readonly identities: typeof identityChanged;
  readonly memberships: typeof membershipChanged;
  /** Keys of accounts that found nobody, so that whoever comes later finds them. */
  readonly keepKeys: typeof storeWaitingKeys;
}

export const asChanges: Sink = {
  identities: identityChanged, memberships: membershipChanged, keepKeys: storeWaitingKeys,
};
export const asSimulated: Sink = {
  identities: identitySimulated, memberships: membershipSimulated,
  keepKeys: () => Promise.resolve(),
};

export interface EventSource {
  readonly tenant: string;
  readonly runId: string;
  readonly applicationId: string;
  readonly actor: Actor;
  readonly cause: string;
}

/** What others are told of a batch: full states with before-values, and memberships that differ. */
export async function sealBatch(
  sealer: Sealer,
  source: EventSource,
  identities: readonly ComputedIdentity[],
  sink: Sink,
): Promise<{ sealed: SealedEvent[]; identityEvents: number }> {
  const { runId, applicationId } = source;
  const common = {
    tenant: source.tenant,
    actor: source.actor,
    correlation: runId,
    cause: source.cause,
  };
  const changed = splitBatches(identities.map(toChange)).map((part) => ({
    ...common,
    event: sink.identities,
    payload: { runId, applicationId, identities: part },
  }));
  const members = splitBatches(identities.flatMap(membershipChanges), 5_000).map((part) => ({
    ...common,
    event: sink.memberships,
    payload: { runId, memberships: part },
  }));
  const outgoing: OutgoingEvent[] = [...changed, ...members];
  return { sealed: await sealEvents(sealer, outgoing), identityEvents: changed.length };
}

function toChange(identity: ComputedIdentity): IdentityChange {
  const { id, kind, label, attributes, classification, revision, state } = identity;
  return {
    id,
    kind,
    label,
    attributes: attributes as IdentityChange["attributes"],
    classification,
    revision,
    state,
    accounts: [...identity.accounts],
    before: identity.before as IdentityChange["before"],
    because: [...identity.because],
  };
}

function membershipChanges(identity: ComputedIdentity) {
  const before = new Map(identity.membershipsBefore.map((each) => [markOf(each), each]));
  const after = new Map(identity.memberships.map((each) => [markOf(each), each]));
  const left = [...before].filter(([mark]) => !after.has(mark));
  const entered = [...after].filter(([mark]) => !before.has(mark));
  return [
    ...left.map(([, group]) => toMembership(identity.id, group, false)),
    ...entered.map(([, group]) => toMembership(identity.id, group, true)),
  ];
}

function toMembership(memberId: string, group: RuleMembership, present: boolean) {
  return { groupId: group.groupId, memberId, present, because: [group.rule] };
}

function markOf(membership: RuleMembership): string {
  return `${membership.groupId} ${membership.rule}`;
}

/** Digest over the items of a batch: what the guard let through is what is applied. */
export function digestOf(
  key: Parameters<typeof itemHash>[0],
  application: string,
  identities: readonly ComputedIdentity[],
): Buffer {
  const digest = new DigestBuilder();
  for (const identity of identities) {
    // Whichever accounts it has by now: it is the change of the identity that is let through.
    const { id, kind } = identity;
    const object = { application, kind, identity: id, account: id };
    const names = Object.keys(identity.before ?? identity.attributes);
    const after = Object.fromEntries(
      names.map((name) => [name, identity.attributes[name] ?? null]),
    );
    digest.add(
      itemHash(key, object, {
        operation: identity.before === null ? "create" : "update",
        before: identity.before ?? {},
        after,
        because: identity.because,
        classes: [],
      }),
    );
  }
  return digest.root();
}
