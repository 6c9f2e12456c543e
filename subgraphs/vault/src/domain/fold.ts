import {
  equalValues,
  type AttributeSchema,
  type Attributes,
  type Contribution,
  type Engine,
  type Folded,
  type GuardClass,
  type IdentityState,
  type Key,
  type ObjectKind,
  type Value,
} from "@joinery/engine";
import type { KnownAccount, SourceApplication } from "./accounts.js";
import { resolveReferences, type MapAccount, type ReferenceOf } from "./mapping.js";
import {
  changedBefore,
  labelOf,
  originMark,
  type RuleMembership,
  type StoredIdentity,
} from "./identities.js";

export interface FoldInput {
  readonly engine: Engine;
  readonly now: string;
  readonly id: string;
  readonly kind: ObjectKind;
  /** All its accounts as they will be, those that are gone too. */
  readonly accounts: readonly KnownAccount[];
  readonly stored: StoredIdentity | null;
  /** Contributions beside those of accounts: by hand, generated, of the rule that made a group. */
  readonly kept: readonly Contribution[];
  /** A rule calls for this group now. */
  readonly isCalledFor?: boolean;
  /** Rules by which accounts of this batch were joined to it. */
  readonly joinRules: readonly string[];
  readonly map: MapAccount;
  readonly schemaOf: (kind: ObjectKind, attribute: string) => AttributeSchema;
  readonly applicationOf: (id: string) => SourceApplication | undefined;
  readonly referenceOf: ReferenceOf;
  readonly groupId: (rule: string, key: string) => string;
  readonly blind: (key: Key) => string;
}

/** An identity as it will be, with what changed and what it offers for joining. */
export interface ComputedIdentity {
  readonly id: string;
  readonly kind: ObjectKind;
  readonly label: string;
  readonly attributes: Attributes;
  readonly origins: Readonly<Record<string, string>>;
  readonly kept: readonly Contribution[];
  readonly classification: number;
  readonly revision: number;
  readonly state: "active" | "gone";
  readonly nextDueAt: string | null;
  /** Blind indexes under which accounts find it. */
  readonly keys: readonly string[];
  readonly memberships: readonly RuleMembership[];
  readonly accounts: readonly { applicationId: string; accountId: string; joinKind: string }[];
  readonly before: Readonly<Record<string, Value | null>> | null;
  readonly because: readonly string[];
  readonly membershipsBefore: readonly RuleMembership[];
}

export type FoldOutcome =
  | { readonly outcome: "unchanged" }
  | {
      readonly outcome: "failed";
      readonly account: string;
      readonly failure: { readonly code: string; readonly mapper: string };
    }
  | {
      readonly outcome: "changed";
      readonly identity: ComputedIdentity;
      /** Groups that its rules call for. */
      readonly groups: readonly GroupWish[];
      readonly classes: readonly GuardClass[];
    };

/** A group that a rule calls for, and what the rule contributes to it. */
export interface GroupWish {
  readonly id: string;
  readonly rule: string;
  readonly kept: readonly Contribution[];
}

/** Folds the contributions of all accounts into the identity and says what that changes. */
export function foldIdentity(input: FoldInput): FoldOutcome {
  const gathered = gather(input);
  if ("failure" in gathered) return gathered.failure;
  const { engine, now, id, kind, stored } = input;
  const folded = engine.fold(kind, gathered.contributions);
  const classified = engine.classify(kind, folded.attributes, now);
  const state = hasSource(input) ? "active" : "gone";
  const after: IdentityState = {
    id,
    kind,
    attributes: folded.attributes,
    classification: classified.code,
  };
  const wanted = engine.groupsFor(after, now);
  const made = state === "gone" ? [] : wanted.groups.map((group) => wishFor(input, group));
  const failure = classified.failures[0] ?? wanted.failures[0]
    ?? made.flatMap(({ failures }) => failures)[0];
  if (failure) return failed(input.accounts[0]?.accountId ?? id, failure);
  const origins = originsOf(folded);
  const memberships = made.map(({ wish: { id: groupId, rule } }) => ({ groupId, rule }));
  const before = stored
    ? changedBefore(stored.attributes, folded.attributes, (name, a, b) =>
        equalValues(input.schemaOf(kind, name), a, b),
      )
    : null;
  if (stored && before && sameAs(input, stored, before, origins, memberships, state, after)) {
    return { outcome: "unchanged" };
  }
  return {
    outcome: "changed",
    identity: {
      id,
      kind,
      label: labelOf(id, folded.attributes),
      attributes: folded.attributes,
      origins,
      kept: input.kept,
      classification: classified.code,
      revision: (stored?.revision ?? 0) + 1,
      state,
      nextDueAt: earliest(gathered.nextDueAt, classified.nextDueAt, wanted.nextDueAt),
      keys: blindKeys(input, folded.attributes),
      memberships,
      membershipsBefore: stored?.memberships ?? [],
      accounts: presentAccounts(input.accounts),
      before,
      because: becauseOf(input.joinRules, before, folded.attributes, origins),
    },
    groups: made.map(({ wish }) => wish),
    classes: engine.assessIdentityChange(
      stored && stored.state === "active" ? toState(stored) : null,
      state === "active" ? after : null,
      now,
    ),
  };
}

function gather(
  input: FoldInput,
): { contributions: Contribution[]; nextDueAt: string | null } | { failure: FoldOutcome } {
  const contributions: Contribution[] = [...input.kept];
  let nextDueAt: string | null = null;
  for (const account of input.accounts) {
    if (account.state === "gone") continue;
    const application = input.applicationOf(account.applicationId);
    if (!application) continue;
    const mapped = input.map(account, account.applicationId);
    const first = mapped.failures[0];
    if (first) return { failure: failed(account.accountId, first) };
    for (const contribution of mapped.contributions) {
      contributions.push(resolveReferences(contribution, application, input.referenceOf));
    }
    nextDueAt = earliest(nextDueAt, mapped.nextDueAt);
  }
  return { contributions, nextDueAt };
}

/**
 * An identity lives as long as one authoritative application reports it; a group that a rule made,
 * as long as the rule is kept in it.
 */
function hasSource(input: FoldInput): boolean {
  if (input.isCalledFor === true) return true;
  return input.kept.some(({ origin }) => origin.kind === "rule") || input.accounts.some(
    (account) =>
      account.state === "present" &&
      input.applicationOf(account.applicationId)?.authoritativeFor.includes(input.kind) === true,
  );
}

function sameAs(
  input: FoldInput,
  stored: StoredIdentity,
  before: Readonly<Record<string, Value | null>>,
  origins: Readonly<Record<string, string>>,
  memberships: readonly RuleMembership[],
  state: string,
  after: IdentityState,
): boolean {
  // Its date has come: another one is kept, or none, whatever it changed.
  const isOverdue = stored.nextDueAt !== null && stored.nextDueAt.toISOString() <= input.now;
  return (
    !isOverdue &&
    Object.keys(before).length === 0 &&
    state === stored.state &&
    after.classification === stored.classification &&
    input.joinRules.length === 0 &&
    sameSet(memberships.map(markOf), stored.memberships.map(markOf)) &&
    Object.entries(origins).every(([name, origin]) => origin === stored.origins[name])
  );
}

function markOf(membership: RuleMembership): string {
  return `${membership.groupId} ${membership.rule}`;
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const left = new Set(a);
  return left.size === new Set(b).size && b.every((item) => left.has(item));
}

/** Groups of a rule are made with the first member and stay when the last one leaves. */
function wishFor(input: FoldInput, group: { rule: string; key: string }) {
  const { contributions, failures } = input.engine.groupAttributes(group);
  const id = input.groupId(group.rule, group.key);
  const wish: GroupWish = { id, rule: group.rule, kept: contributions };
  return { wish, failures };
}

function blindKeys({ engine, kind, blind }: FoldInput, attributes: Attributes) {
  return [...new Set(engine.identityKeys(kind, attributes).map(blind))];
}

function presentAccounts(accounts: readonly KnownAccount[]) {
  return accounts
    .filter((account) => account.state === "present")
    .map(({ applicationId, accountId, joinKind }) => ({ applicationId, accountId, joinKind }));
}

function becauseOf(
  joinRules: readonly string[],
  before: Readonly<Record<string, unknown>> | null,
  attributes: Attributes,
  origins: Readonly<Record<string, string>>,
): string[] {
  const because = new Set(joinRules);
  for (const name of Object.keys(before ?? attributes)) {
    const origin = origins[name];
    if (origin) because.add(origin);
  }
  return [...because];
}

function originsOf(folded: Folded): Record<string, string> {
  const origins: Record<string, string> = {};
  for (const [name, origin] of Object.entries(folded.origins)) origins[name] = originMark(origin);
  return origins;
}

function toState(stored: StoredIdentity): IdentityState {
  const { id, kind, attributes, classification } = stored;
  return { id, kind, attributes, classification };
}

function failed(account: string, failure: { code: string; mapper: string }): FoldOutcome {
  return { outcome: "failed", account, failure: { code: failure.code, mapper: failure.mapper } };
}

function earliest(...instants: readonly (string | null)[]): string | null {
  let first: string | null = null;
  for (const instant of instants) {
    if (instant !== null && (first === null || instant < first)) first = instant;
  }
  return first;
}
