import { ruleSetHash } from "./canonical.js";
import { assessChange } from "./change.js";
import { correlate } from "./correlate.js";
import { compileFold } from "./fold.js";
import { compileClassifications, compileGroups } from "./classify.js";
import { compileKeys, identityKeysOf, joinKeysOf, type KeyDefinition } from "./keys.js";
import { compileInbound, compileGroupMappers } from "./inbound.js";
import { Frame } from "./language/frame.js";
import type { AccountState, ApplicationKey, Attributes, Candidate, Classified } from "./model.js";
import type { Contribution, Correlation, Desired, Folded, GuardClass } from "./model.js";
import type { IdentityState, JoinKey, Key, MappedAccount, ObjectKind, RuleSet } from "./model.js";
import type { WantedGroup, WantedGroups } from "./model.js";
import { compileOutbound } from "./outbound.js";

/**
 * A rule set, compiled once and used for millions of objects. Every method is pure: the same
 * arguments give the same answer. `now` is an RFC 3339 instant; anything else throws RangeError.
 */
export interface Engine {
  /** Hash of the rule set. */
  readonly hash: string;
  /** Definitions of joining keys: index = `Key.definition`. */
  readonly keyDefinitions: readonly KeyDefinition[];
  /** The keys by which an account looks for its identity, in the rules' order of priority. */
  joinKeys(account: AccountState): readonly JoinKey[];
  /** The keys under which an identity is found by accounts of every application. */
  identityKeys(kind: ObjectKind, attributes: Attributes): readonly Key[];
  /** Decides who an account belongs to; candidates stand in the order of `keys`. */
  correlate(keys: readonly JoinKey[], candidates: readonly (readonly Candidate[])[]): Correlation;
  /** What an account contributes: at most one contribution per attribute; none when one failed. */
  mapInbound(account: AccountState, now: string): MappedAccount;
  /** The identity's attributes, and whose each is. */
  fold(kind: ObjectKind, contributions: readonly Contribution[]): Folded;
  /** The first classification whose condition holds. */
  classify(kind: ObjectKind, attributes: Attributes, now: string): Classified;
  /** The groups that group rules want for an identity of kind user. */
  groupsFor(identity: IdentityState, now: string): WantedGroups;
  /** What a group rule contributes to the group that it wants. */
  groupAttributes(wanted: WantedGroup): MappedAccount;
  /** Applications that identities of this kind may have accounts in, in the rule set's order. */
  targets(kind: ObjectKind): readonly ApplicationKey[];
  /**
   * What the identity's account should be. Throws RangeError where there is no such target.
   * `number` is what expressions of its mappers read by that name: 1, unless names were taken.
   */
  desire(
    application: ApplicationKey, identity: IdentityState, now: string, number?: number,
  ): Desired;
  /**
   * What a change of an identity means for the guard, before anything is written: `create`,
   * `update`, `delete`, `blanking` by its attributes, `disable` and `delete` by what becomes of its
   * accounts in every target. The host adds `rejoin`. In the order of `guardClasses`; empty when
   * nothing changes.
   */
  assessIdentityChange(
    before: IdentityState | null,
    after: IdentityState | null,
    now: string,
  ): readonly GuardClass[];
}

/** Precondition: `validateRuleSet` found no problem; otherwise throws. */
export function compileEngine(ruleSet: RuleSet): Engine {
  const frame = new Frame();
  const keys = compileKeys(ruleSet);
  const inbound = compileInbound(ruleSet, frame);
  const folds = {
    user: compileFold(ruleSet.schema.user ?? []),
    group: compileFold(ruleSet.schema.group ?? []),
  };
  const outbound = compileOutbound(ruleSet, frame);
  return {
    hash: ruleSetHash(ruleSet),
    keyDefinitions: keys.definitions,
    joinKeys: (account) => {
      readAccount(frame, account);
      return joinKeysOf(keys.joinsOf(account.application, account.kind), frame);
    },
    identityKeys: (kind, attributes) => {
      frame.attributes = attributes;
      return identityKeysOf(keys, kind, frame);
    },
    correlate,
    mapInbound: inbound,
    fold: (kind, contributions) => folds[kind](contributions),
    classify: compileClassifications(ruleSet, frame),
    groupsFor: compileGroups(ruleSet, frame),
    groupAttributes: compileGroupMappers(ruleSet, frame),
    targets: outbound.targets,
    desire: (application, identity, now, number = 1) =>
      outbound.desire(application, identity, now, number),
    assessIdentityChange: (before, after, now) =>
      assessChange(outbound, ruleSet.schema, before, after, now),
  };
}

function readAccount(frame: Frame, account: AccountState): void {
  frame.attributes = account.attributes;
  frame.anchor = account.anchor;
  frame.objectName = account.name;
  frame.enabled = account.enabled;
}
