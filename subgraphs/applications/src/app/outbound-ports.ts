import type { GuardClass, IdentityState, ObjectKind, PlannedItem, Value } from "@joinery/engine";
import type { Corrections } from "../domain/contradiction.js";
import type { Counts } from "../domain/run.js";
import type { TakenNames, TriedNames } from "../domain/next-name.js";
import type { Tx } from "./ports.js";

/** An account of a target as outbound looks at it. */
export interface TargetAccount {
  readonly id: string;
  readonly applicationId: string;
  readonly identityId: string;
  readonly state: "planned" | "present" | "gone";
  readonly anchor: string | null;
  readonly name: string;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly enabled: boolean | null;
  readonly revision: number;
  readonly corrections: Corrections | null;
  /** When it is deleted because its identity is not provisioned any more; null: never. */
  readonly deleteAt: Date | null;
  /** A person wants it to stay all the same. */
  readonly isDeleteCancelled: boolean;
}

export interface DueIdentity extends IdentityState {
  readonly isGone: boolean;
  /** Somebody wants it planned: in this wave, for it waits for nobody. */
  readonly isDue: boolean;
}

export interface OpenItem {
  readonly id: string;
  readonly waveId: string;
  readonly accountId: string;
  readonly applicationId: string;
  readonly operation: string;
  /** Hex. */
  readonly hash: string;
}

export interface NewItem {
  readonly waveId: string;
  readonly runId: string;
  readonly applicationId: string;
  readonly accountId: string;
  readonly identityId: string;
  readonly kind: ObjectKind;
  readonly operation: PlannedItem["operation"] | "members";
  readonly before: Readonly<Record<string, Value | null>>;
  readonly after: Readonly<Record<string, Value | readonly string[] | null>>;
  readonly because: readonly string[];
  readonly classes: readonly GuardClass[];
  readonly hash: Buffer;
  /** 16 bytes: what it has in common with others. */
  readonly pattern: Buffer;
  /** It waits for a person's approval. */
  readonly isProposed: boolean;
  readonly baseRevision: number | null;
  /** Accounts that must be there before it leaves; empty: it may leave at once. */
  readonly waitsFor: readonly string[];
  /** Null where nothing that it writes depends on a number. */
  readonly names: TriedNames | null;
}

export interface Link {
  /** Account of the application that the reference came from. */
  readonly ref: string;
  readonly identityId: string;
  /** The owner's account in a target. */
  readonly applicationId: string | null;
  readonly accountId: string | null;
  readonly state: "planned" | "present" | "gone" | null;
  /** A create of it is under way or waits for a person. */
  readonly isQueued: boolean;
}

export interface ActualMember {
  readonly group: string;
  readonly memberAccount: string;
  readonly ours: boolean;
}

/** A group's identity, and an identity or an account that it may have as member. */
export interface GroupMember {
  readonly groupId: string;
  readonly memberId: string;
}

/** Whose memberships a wave looks at, of groups that it has taken up. */
export interface MembersDue {
  /** Groups that are looked at with all that they have and shall have. */
  readonly wholes: readonly string[];
  /** Of all groups that were asked for: who may be otherwise than before. */
  readonly members: readonly GroupMember[];
}

/** An account in a group's item that has not left, or has not been answered. */
export interface OpenMember {
  /** The group's account. */
  readonly group: string;
  readonly memberAccount: string;
  /** Whose it is can be told: it is known, and where it is to be added, it belongs to somebody. */
  readonly isKnown: boolean;
}

export interface WantedMember {
  readonly groupId: string;
  readonly memberId: string;
  readonly because: readonly string[];
  readonly applicationId: string;
  readonly accountId: string | null;
  readonly isPresent: boolean;
}

export interface TargetCounts {
  /** By operation. */
  readonly operations: Counts;
  /** By guard class; memberships one by one. */
  readonly classes: Counts;
}

export interface PlannedCreate {
  readonly itemId: string;
  readonly accountId: string;
  readonly identityId: string;
  readonly kind: ObjectKind;
  readonly name: string | null;
}

export interface OutboundPort {
  /** Wished beyond done: everybody is due in these applications, as far as this bundle may say. */
  allDue(
    tx: Tx,
    bundleVersion: number,
  ): Promise<ReadonlyMap<string, { readonly wished: number }>>;
  noteAllDone(tx: Tx, applicationId: string, wished: number): Promise<void>;
  /** Identities of which a date that outbound read has come are due. */
  takeDates(tx: Tx, now: Date): Promise<void>;
  /** Whether anybody is due at all. */
  hasDue(tx: Tx): Promise<boolean>;
  /** Marks everybody who is due as taken up by the wave. */
  stampAll(tx: Tx, waveId: string): Promise<void>;
  /** Takes up the next identities of a kind that are due, by id. */
  takeDue(
    tx: Tx,
    waveId: string,
    kind: ObjectKind,
    after: string,
    limit: number,
  ): Promise<readonly string[]>;
  /** The next identities of a kind, by id; `except` leaves out those that the wave has taken up. */
  page(
    tx: Tx,
    kind: ObjectKind,
    after: string,
    limit: number,
    exceptWave: string | null,
  ): Promise<readonly string[]>;
  identities(tx: Tx, ids: readonly string[]): Promise<readonly DueIdentity[]>;
  /** Primary accounts of identities in applications, gone ones too. */
  accounts(
    tx: Tx,
    identityIds: readonly string[],
    applicationIds: readonly string[],
  ): Promise<readonly TargetAccount[]>;
  openItems(tx: Tx, accountIds: readonly string[]): Promise<readonly OpenItem[]>;
  /** Owners of accounts, and the owners' primary accounts in applications. */
  /** Names that systems refused to these accounts. */
  takenNames(tx: Tx, accountIds: readonly string[]): Promise<readonly TakenNames[]>;
  links(
    tx: Tx,
    refs: readonly string[],
    applicationIds: readonly string[],
  ): Promise<readonly Link[]>;
  /** What texts that a system holds as references name, by the text. */
  resolve(
    tx: Tx,
    applicationId: string,
    references: readonly { readonly key: string; readonly raw: string }[],
  ): Promise<ReadonlyMap<string, string>>;
  membersDue(tx: Tx, groupIds: readonly string[]): Promise<MembersDue>;
  openMembers(tx: Tx, groupAccounts: readonly string[]): Promise<readonly OpenMember[]>;
  /**
   * Members that groups have and nobody else than their own application wishes for; of `members`
   * alone, where these are given.
   */
  unwantedMembers(
    tx: Tx,
    groupAccounts: readonly string[],
    members?: readonly GroupMember[],
  ): Promise<readonly ActualMember[]>;
  /**
   * Members that are wished for and that a group does not have, for each application: with their
   * account, there or planned in this or an earlier wave, or without one. Of `members` alone, where
   * these are given.
   */
  missingMembers(
    tx: Tx,
    groupIds: readonly string[],
    applicationIds: readonly string[],
    members?: readonly GroupMember[],
  ): Promise<readonly WantedMember[]>;
  saveItems(tx: Tx, items: readonly NewItem[]): Promise<void>;
  /** Older plans give way to newer ones. */
  discard(
    tx: Tx,
    items: readonly Pick<OpenItem, "id" | "waveId">[],
    code: string,
  ): Promise<void>;
  /** Takes planned accounts back that nobody has begun to make. */
  unplan(tx: Tx, accountIds: readonly string[]): Promise<void>;
  /** The identity is looked at again when one of those has news, not before. */
  waitFor(
    tx: Tx,
    waveId: string,
    waiting: readonly { readonly identityId: string; readonly waits: readonly string[] }[],
  ): Promise<void>;
  /** A group is looked at again for members that lack an account when these have news. */
  waitForMembers(tx: Tx, waveId: string, waiting: readonly GroupMember[]): Promise<void>;
  /** `isPart`: dates of some targets only, so that an earlier one of another target stands. */
  noteDates(
    tx: Tx,
    dates: readonly { readonly id: string; readonly at: string | null }[],
    isPart: boolean,
  ): Promise<void>;
  /** Deletes to come, from now on; null: there is none any more. */
  noteDeletes(
    tx: Tx,
    deletes: readonly { readonly accountId: string; readonly at: Date | null }[],
  ): Promise<void>;
  /** Takes everything of a wave that was left half computed away. */
  clear(tx: Tx, waveId: string, exportWaves: readonly string[]): Promise<void>;
  count(tx: Tx, exportWave: string): Promise<TargetCounts>;
  /** Hashes of a wave's items, 32 bytes each, in order. */
  hashes(
    tx: Tx,
    exportWave: string,
    after: string,
    limit: number,
  ): Promise<{ readonly packed: Buffer; readonly last: string | null }>;
  /** Creates of a wave with the name that each shall have, in order. */
  creates(
    tx: Tx,
    exportWave: string,
    naming: Readonly<Record<ObjectKind, string | null>>,
    after: string,
    limit: number,
  ): Promise<readonly PlannedCreate[]>;
  /** Accounts are there as planned, with their identity, before anything is sent. */
  savePlanned(
    tx: Tx,
    applicationId: string,
    accounts: readonly (PlannedCreate & { readonly name: string; readonly nameKey: string })[],
  ): Promise<void>;
  /** Whoever the wave took up is not due any more; who became due anew meanwhile stays. */
  finishDue(tx: Tx, waveId: string): Promise<void>;
  /** Identities of a wave's items are due again, as when the wave is discarded. */
  makeDueAgain(tx: Tx, exportWave: string): Promise<void>;
}
