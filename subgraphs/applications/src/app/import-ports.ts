import type { Value, ObjectKind } from "@joinery/engine";
import type { SealedEvent } from "@joinery/events";
import type { Tx } from "./ports.js";

/** What is staged for one account or member; `ordinal` counts from 1 within the run. */
export interface StagedObject {
  readonly ordinal: number;
  readonly operation: "new" | "changed";
  readonly kind: ObjectKind;
  readonly anchor: string;
  readonly accountId: string;
  readonly name: string;
  readonly nameKey: string;
  /** SHA-256 of the content in hex; the first half becomes the account's hash. */
  readonly digest: string;
  /** JSON. */
  readonly attributes: string;
  readonly enabled: boolean | undefined;
  /** The identity whose planned account it is. */
  readonly identityId: string | null;
}

export interface StagedMember {
  readonly ordinal: number;
  readonly group: string;
  readonly member: string;
  readonly memberKey: string;
  readonly digest: string;
}

export interface Place {
  readonly runId: string;
  readonly applicationId: string;
  /** Accounts written since are newer than the read: it changes and deletes none of them. */
  readonly readStartedAt: Date;
}

/** A sealed event beside the rows of the stage that it tells of, all of them there by itself. */
export interface StagedEvent {
  /** Its place in the wave. */
  readonly batch: number;
  readonly first: number;
  readonly last: number;
  readonly event: SealedEvent;
}

/** Ordinals from `first` to `last` whose events are sealed. */
export interface SealedIsland {
  readonly first: number;
  readonly last: number;
}

/** How the events of a range of the stage are numbered. */
export interface EventPlaces {
  /** Of the staged event that begins with the range; null where none does. */
  readonly own: number | null;
  /** Staged events in all, and those that begin before the range. */
  readonly staged: number;
  readonly begun: number;
}

/** What an import counted of its stage. */
export interface StageCounts {
  readonly new: number;
  readonly changed: number;
  readonly membersAdded: number;
  readonly gone: number;
  /** Of the gone, those that belong to an identity. */
  readonly goneJoined: number;
  readonly membersRemoved: number;
  /** Of the removed, those of an account that belongs to an identity. */
  readonly membersRemovedJoined: number;
  /** All memberships that we hold. */
  readonly membersHeld: number;
}

/** How many present accounts of one kind are held, and how many of them are gone. */
export interface GoneOfKind {
  readonly gone: number;
  readonly held: number;
}

export interface AbsenceInput extends Place {
  /** Kinds that the read covers; of others nothing is absent. */
  readonly kinds: readonly ObjectKind[];
  /** One bit per account number: it was read, or met and passed over. */
  readonly seenAccounts: Buffer;
  readonly seenMembers: Buffer;
  /** Numbers of groups whose own row was passed over: nobody knows their members. */
  readonly unreadGroups: readonly number[];
  /** Last ordinals that the read gave. */
  readonly lastObject: number;
  readonly lastMember: number;
}

/** A staged row with the account that it concerns as it is now. */
export interface StagedRow {
  readonly ordinal: number;
  readonly operation:
    | "new" | "changed" | "gone" | "memberAdded" | "memberRemoved" | "memberReplaced" | "skipped";
  readonly kind: ObjectKind;
  readonly anchor: string;
  readonly member: string | null;
  readonly accountId: string | null;
  readonly name: string | null;
  readonly attributes: string | null;
  readonly enabled: boolean | null;
  readonly identityId: string | null;
  readonly known: KnownAccount | null;
  /** Account of the member, for members. */
  readonly memberAccount: string | null;
}

export interface KnownAccount {
  readonly revision: number;
  readonly state: "planned" | "present" | "gone";
  readonly name: string;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly enabled: boolean | null;
  readonly identityId: string | null;
  /** Written since the read began. */
  readonly isNewer: boolean;
}

export interface AppliedRange extends Place {
  readonly from: number;
  readonly to: number;
  /** Accounts that the range writes; fewer written means that one moved meanwhile. */
  readonly expected: readonly { readonly id: string; readonly revision: number }[];
  /** What is among its rows: a statement that would find nothing is left out. */
  readonly has: {
    /** Accounts of which we hold nothing yet, and nothing else. */
    readonly onlyUnknown: boolean;
    readonly gone: boolean;
    readonly members: boolean;
    readonly owned: boolean;
  };
}

export interface ImportPort {
  /**
   * Per object in order: 0 unknown, n the account's number where nothing changed (or a write of
   * ours is newer), -n where it changed. `digests` are 32 bytes each. One statement.
   */
  compare(
    tx: Tx,
    place: Place,
    kind: ObjectKind,
    anchors: readonly string[],
    digests: Buffer,
  ): Promise<Int32Array>;
  /** Accounts with one of the anchors, whatever their kind and state. */
  numbersOf(
    tx: Tx,
    applicationId: string,
    anchors: readonly string[],
  ): Promise<readonly {
    readonly number: number; readonly kind: ObjectKind; readonly anchor: string;
  }[]>;
  idsOf(
    tx: Tx,
    applicationId: string,
    kind: ObjectKind,
    anchors: readonly string[],
  ): Promise<ReadonlyMap<string, string>>;
  /**
   * Accounts that are planned and have one of the names, by name key; a doubtful one is left out.
   */
  plannedOf(
    tx: Tx,
    applicationId: string,
    kind: ObjectKind,
    nameKeys: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly id: string; readonly identityId: string | null }>>;
  /** Same as `compare` for members; -1 where the group was written since the read began. */
  compareMembers(
    tx: Tx,
    place: Place,
    groups: readonly string[],
    members: readonly string[],
  ): Promise<Int32Array>;
  clear(tx: Tx, runId: string): Promise<void>;
  /** Same, and notes that the stage begins here: a crash of the database takes the note too. */
  begin(tx: Tx, runId: string): Promise<void>;
  /** Whether the stage holds everything that was staged since `begin`. */
  isWhole(tx: Tx, runId: string): Promise<boolean>;
  stageObjects(tx: Tx, runId: string, objects: readonly StagedObject[]): Promise<void>;
  stageEvents(tx: Tx, runId: string, events: readonly StagedEvent[]): Promise<void>;
  /** Forgets staged events: what they tell is sealed when it is applied. */
  unstageEvents(tx: Tx, runId: string): Promise<void>;
  /** Runs of staged events one after another that begin after `after`, in order. */
  sealedIslands(tx: Tx, runId: string, after: number): Promise<readonly SealedIsland[]>;
  /** Where the range of the staged events after `after` ends that has at most `limit` rows. */
  sealedRange(
    tx: Tx,
    runId: string,
    after: number,
    limit: number,
  ): Promise<{ readonly last: number; readonly lastOfFirst: number; readonly events: number }>;
  placesOf(tx: Tx, runId: string, after: number): Promise<EventPlaces>;
  /**
   * Writes accounts of staged rows and their events as they were sealed. Throws IMPORT_MOVED when a
   * row was taken out since, or an account or its anchor is there by now.
   */
  applySealed(tx: Tx, place: Place, from: number, to: number): Promise<void>;
  stageMembers(tx: Tx, runId: string, members: readonly StagedMember[]): Promise<void>;
  /** Takes rows of these anchors out again. */
  unstage(tx: Tx, runId: string, kind: ObjectKind, anchors: readonly string[]): Promise<void>;
  /** Whether anything may have been written to the application since the read began. */
  isExporting(tx: Tx, place: Place): Promise<boolean>;
  /** Takes out rows of new accounts whose anchors are known by now. Answers how many. */
  unstageKnown(tx: Tx, place: Place): Promise<number>;
  /** Anchors that are staged more than once, with how often; they are taken out. */
  unstageDuplicates(
    tx: Tx,
    runId: string,
  ): Promise<readonly { readonly kind: ObjectKind; readonly anchor: string; readonly n: number }[]>;
  /** Stages what we hold and the read did not show. Answers how many accounts and members. */
  stageAbsent(
    tx: Tx,
    input: AbsenceInput,
  ): Promise<{ readonly accounts: number; readonly members: number }>;
  /** How many absent accounts there are; stages nothing. */
  countAbsent(tx: Tx, input: AbsenceInput): Promise<number>;
  /**
   * Marks members that went because they are called otherwise now: the same account came to the
   * same group under the name that it has. Answers how many.
   */
  markReplaced(tx: Tx, runId: string): Promise<number>;
  count(tx: Tx, runId: string, applicationId: string): Promise<StageCounts>;
  /** Of each kind of which a read misses some. */
  goneByKind(tx: Tx, runId: string, applicationId: string): Promise<readonly GoneOfKind[]>;
  /** Digests of the staged rows, 32 bytes each, `limit` rows after `after`. */
  digests(
    tx: Tx,
    runId: string,
    after: number,
    limit: number,
  ): Promise<{ readonly packed: Buffer; readonly last: number | null }>;
  /** The next rows in order up to `upTo`. */
  next(
    tx: Tx,
    place: Place,
    after: number,
    upTo: number,
    limit: number,
  ): Promise<readonly StagedRow[]>;
  /** Rows that a later look shows to be superseded by a write of ours are passed over. */
  skipSuperseded(tx: Tx, place: Place, from: number, to: number): Promise<void>;
  skip(tx: Tx, runId: string, ordinal: number): Promise<void>;
  /**
   * Writes accounts and members of a range. Throws IMPORT_MOVED when an account is no longer as it
   * was computed from, or its anchor is taken meanwhile: nothing may be committed, the range is
   * computed again after `skipSuperseded`.
   */
  apply(tx: Tx, range: AppliedRange): Promise<void>;
  /** Resolves members that named nobody until now. Answers what became of them. */
  resolveDangling(
    tx: Tx,
    applicationId: string,
    limit: number,
  ): Promise<
    readonly { readonly group: string; readonly member: string; readonly account: string }[]
  >;
  /** Owners of changed accounts and groups in the range become due for outbound. */
  makeDue(tx: Tx, range: AppliedRange): Promise<void>;
}
