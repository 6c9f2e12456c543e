import { Type, type Static } from "typebox";
import { defineEvent } from "../contract.js";
import { attributes, before, breach, buckets, count, counts, id, kind } from "./shapes.js";

const identity = Type.Object({
  id,
  kind,
  label: Type.String(),
  attributes,
  classification: count,
  revision: count,
  state: Type.Union([Type.Literal("active"), Type.Literal("gone")]),
  /** All accounts joined now, every application's. */
  accounts: Type.Array(
    Type.Object({ applicationId: id, accountId: id, joinKind: Type.String() }),
  ),
});
export type RestatedIdentity = Static<typeof identity>;

const identityChange = Type.Object({
  ...identity.properties,
  /** Values before, of the attributes that changed; null for a new identity. */
  before: Type.Union([before, Type.Null()]),
  because: Type.Array(Type.String()),
});
export type IdentityChange = Static<typeof identityChange>;

const identities = Type.Object({
  runId: id,
  applicationId: Type.Union([id, Type.Null()]),
  identities: Type.Array(identityChange, { maxItems: 1000 }),
});

/** Identities as they are now, with their joins. */
export const identityChanged = defineEvent({
  name: "vault.identity.changed",
  version: 1,
  channels: ["batch", "pulse"],
  payload: identities,
});

const wantedMemberships = Type.Object({
  runId: id,
  memberships: Type.Array(
    Type.Object({
      groupId: id,
      memberId: id,
      present: Type.Boolean(),
      because: Type.Array(Type.String()),
    }),
    { maxItems: 5000 },
  ),
});

/** Wanted memberships, by identity. */
export const membershipChanged = defineEvent({
  name: "vault.membership.changed",
  version: 1,
  payload: wantedMemberships,
});

/** Identities as they would be, had the applications of a simulation been live. */
export const identitySimulated = defineEvent({
  name: "vault.identity.simulated",
  version: 1,
  payload: identities,
});

/** Memberships that would be wanted, beside those that are. */
export const membershipSimulated = defineEvent({
  name: "vault.membership.simulated",
  version: 1,
  payload: wantedMemberships,
});

/** Identities as they are, told anew to a consumer that lacks what was told before. */
export const identityRestated = defineEvent({
  name: "vault.identity.restated",
  version: 1,
  payload: Type.Object({ identities: Type.Array(identity, { maxItems: 1000 }) }),
});

/**
 * What there was of identities (id and revision) and of wanted memberships (by group: group, member
 * and origin) when everything told before was told: whoever keeps a copy holds it against its own.
 */
export const identityCounted = defineEvent({
  name: "vault.identity.counted",
  version: 1,
  payload: Type.Object({ identities: buckets, memberships: buckets }),
});

const membershipKey = Type.Object({ groupId: id, memberId: id });

/**
 * Wanted memberships, told anew: all that there are after `after` up to `through`, in the order of
 * group and member; null stands for the beginning and the end. Others in that range are wanted no
 * more.
 */
export const membershipRestated = defineEvent({
  name: "vault.membership.restated",
  version: 1,
  payload: Type.Object({
    after: Type.Union([membershipKey, Type.Null()]),
    through: Type.Union([membershipKey, Type.Null()]),
    memberships: Type.Array(
      Type.Object({ groupId: id, memberId: id, because: Type.Array(Type.String()) }),
      { maxItems: 5000 },
    ),
  }),
});
export type MembershipRestated = ReturnType<typeof membershipRestated.parse>;

/** Accounts whose newest state was not taken in, by code, with a few of each. */
const failures = Type.Array(
  Type.Object({
    code: Type.String(),
    count,
    samples: Type.Array(
      Type.Object({ applicationId: id, anchor: Type.String(), mapper: Type.String() }),
      { maxItems: 20 },
    ),
  }),
  { maxItems: 100 },
);

/** The end of what a simulation came to: everything of it came before. */
export const inboundSimulated = defineEvent({
  name: "vault.inbound.simulated",
  version: 1,
  payload: Type.Object({
    runId: id,
    /** Batches of `vault.identity.simulated` and `vault.membership.simulated` that came before. */
    batches: count,
    identities: count,
    /** By situation, and by class of the guard. */
    counts,
    failures,
  }),
});
export type InboundSimulated = ReturnType<typeof inboundSimulated.parse>;

/** How an inbound wave ended or why it waits; `finished` is its manifest. */
export const inboundChanged = defineEvent({
  name: "vault.inbound.changed",
  version: 1,
  channels: ["batch", "pulse"],
  payload: Type.Object({
    runId: id,
    waveId: id,
    applicationId: id,
    state: Type.Union([
      Type.Literal("held"),
      Type.Literal("finished"),
      Type.Literal("discarded"),
      Type.Literal("failed"),
    ]),
    bundle: Type.Union([Type.String(), Type.Null()]),
    /** Batches of `vault.identity.changed` that came before. */
    batches: count,
    identities: count,
    digest: Type.String(),
    /** By situation, guard class and failure code. */
    counts,
    breaches: Type.Array(breach),
    /** Of `finished`. */
    failures: Type.Optional(failures),
    code: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
  }),
});
export type InboundChanged = ReturnType<typeof inboundChanged.parse>;

/** `vault` holds the bundle whole. */
export const vaultBundleStored = defineEvent({
  name: "vault.bundle.stored",
  version: 1,
  payload: Type.Object({ hash: Type.String(), version: count }),
});
