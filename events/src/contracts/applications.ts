import { Type, type Static } from "typebox";
import { defineEvent } from "../contract.js";
import {
  action, attributes, attributeSchema, before, breach, buckets, count, counts, id, kind, limits,
} from "./shapes.js";

/** An application as others must know it: full state. */
export const applicationChanged = defineEvent({
  name: "applications.application.changed",
  version: 1,
  payload: Type.Object({
    applicationId: id,
    revision: count,
    key: Type.String(),
    name: Type.String(),
    state: Type.Union([Type.Literal("active"), Type.Literal("deleted")]),
    phase: Type.String(),
    /** Kinds whose accounts may create identities. */
    authoritativeFor: Type.Array(kind),
    schema: Type.Object({
      user: Type.Optional(Type.Array(attributeSchema)),
      group: Type.Optional(Type.Array(attributeSchema)),
    }),
  }),
});
export type ApplicationChanged = ReturnType<typeof applicationChanged.parse>;

const account = Type.Object({
  id,
  kind,
  anchor: Type.String(),
  name: Type.String(),
  attributes,
  enabled: Type.Optional(Type.Boolean()),
  revision: count,
  state: Type.Union([Type.Literal("present"), Type.Literal("gone")]),
  /** A given join: the account was made for this identity, or recognised as planned for it. */
  identityId: Type.Optional(id),
});
export type RestatedAccount = Static<typeof account>;

const accountChange = Type.Object({
  ...account.properties,
  /** Values before, of the attributes that changed; null for a new account. */
  before: Type.Union([before, Type.Null()]),
  because: Type.Array(Type.String()),
});
export type AccountChange = Static<typeof accountChange>;

/**
 * Accounts as they are now. `origin` `import`: in a wave, closed by `applications.wave.released`.
 * `export`: what a write left behind, each account with its given join.
 */
export const accountChanged = defineEvent({
  name: "applications.account.changed",
  version: 1,
  channels: ["batch", "pulse"],
  payload: Type.Object({
    applicationId: id,
    runId: id,
    origin: Type.Union([Type.Literal("import"), Type.Literal("export")]),
    accounts: Type.Array(accountChange, { maxItems: 1000 }),
  }),
});

/** Members of groups as the application reports them; in the same wave as the accounts. */
export const memberChanged = defineEvent({
  name: "applications.member.changed",
  version: 1,
  payload: Type.Object({
    applicationId: id,
    runId: id,
    members: Type.Array(
      Type.Object({
        group: id,
        /** As the system writes it. */
        member: Type.String(),
        memberAccount: Type.Union([id, Type.Null()]),
        present: Type.Boolean(),
      }),
      { maxItems: 5000 },
    ),
  }),
});

/**
 * Accounts as they are, told anew to a consumer that lacks what was told before: nothing happened.
 * All that there are after `after` up to `through` by id; null stands for the beginning and the
 * end, and others in that range are gone. In a wave that is closed by
 * `applications.import.released`. `identityId` is the join as applications know it: it counts for
 * whoever knows no other.
 */
export const accountRestated = defineEvent({
  name: "applications.account.restated",
  version: 1,
  payload: Type.Object({
    applicationId: id,
    runId: id,
    after: Type.Union([id, Type.Null()]),
    through: Type.Union([id, Type.Null()]),
    accounts: Type.Array(account, { maxItems: 1000 }),
  }),
});

export type AccountRestated = ReturnType<typeof accountRestated.parse>;

/**
 * What there was of an application's accounts (id and revision, those that are gone too) when
 * everything told before was told: whoever keeps a copy holds it against its own.
 */
export const accountCounted = defineEvent({
  name: "applications.account.counted",
  version: 1,
  payload: Type.Object({ applicationId: id, accounts: buckets }),
});

const memberKey = Type.Object({ group: id, member: Type.String() });

/**
 * Members of groups as the application reports them, told anew in the same wave as the accounts:
 * all that there are after `after` up to `through`, in the order of group and member (by code
 * point); null stands for the beginning and the end. Others in that range are members no more.
 */
export const memberRestated = defineEvent({
  name: "applications.member.restated",
  version: 1,
  payload: Type.Object({
    applicationId: id,
    runId: id,
    after: Type.Union([memberKey, Type.Null()]),
    through: Type.Union([memberKey, Type.Null()]),
    members: Type.Array(
      Type.Object({
        group: id,
        member: Type.String(),
        memberAccount: Type.Union([id, Type.Null()]),
      }),
      { maxItems: 5000 },
    ),
  }),
});
export type MemberRestated = ReturnType<typeof memberRestated.parse>;

/** Manifest of an import wave that its guard let through. */
export const importReleased = defineEvent({
  name: "applications.import.released",
  version: 1,
  channels: ["batch", "pulse"],
  payload: Type.Object({
    runId: id,
    waveId: id,
    applicationId: id,
    batches: count,
    objects: count,
    digest: Type.String(),
    /** Hash of the bundle that the run is pinned to; null before one is active. */
    bundle: Type.Union([Type.String(), Type.Null()]),
    /** Joined accounts of the application when the run began: what limits are measured against. */
    population: count,
    limits: Type.Optional(limits),
  }),
});

/**
 * Manifest of a wave that tells what applications in the sandbox hold, as if they were live: a
 * consumer computes what would follow, changes nothing of its own and answers what that is.
 */
export const importSimulated = defineEvent({
  name: "applications.import.simulated",
  version: 1,
  payload: Type.Object({
    runId: id,
    waveId: id,
    /** In the order in which they are computed: those that make identities come first. */
    applicationIds: Type.Array(id, { minItems: 1, maxItems: 1000 }),
    batches: count,
    bundle: Type.Union([Type.String(), Type.Null()]),
  }),
});

export const runChanged = defineEvent({
  name: "applications.run.changed",
  version: 1,
  payload: Type.Object({
    runId: id,
    applicationId: id,
    applicationName: Type.String(),
    state: Type.Union([
      Type.Literal("started"),
      Type.Literal("held"),
      Type.Literal("finished"),
      Type.Literal("failed"),
      Type.Literal("discarded"),
    ]),
    code: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
    /** Failed like the one before it, and was begun by nobody: people have heard of it. */
    repeated: Type.Optional(Type.Boolean()),
    counts,
    breaches: Type.Array(breach),
  }),
});

/** A system that failed again and again is left alone, or answers again. */
export const applicationHealthChanged = defineEvent({
  name: "applications.health.changed",
  version: 1,
  payload: Type.Object({
    applicationId: id,
    applicationName: Type.String(),
    state: Type.Union([Type.Literal("quarantined"), Type.Literal("recovered")]),
    /** Of the last failure. */
    code: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
    failures: count,
    /** When the first of the failures was. */
    since: Type.Optional(Type.String()),
  }),
});

/** `applications` holds the bundle whole. */
export const applicationsBundleStored = defineEvent({
  name: "applications.bundle.stored",
  version: 1,
  payload: Type.Object({ hash: Type.String(), version: count }),
});

/** What a person decided about a held inbound wave. */
export const inboundDecided = defineEvent({
  name: "applications.inbound.decided",
  version: 1,
  channels: ["batch", "pulse"],
  payload: Type.Object({
    runId: id,
    waveId: id,
    decision: Type.Union([Type.Literal("released"), Type.Literal("discarded")]),
  }),
});

export const applicationsActionRecorded = defineEvent({
  name: "applications.action.recorded",
  version: 1,
  payload: action,
});
