import type { BoundFilter, ListTarget, Resource, ScimResourceType } from "@joinery/scim";
import type { Reference } from "../domain/push-sent.js";
import type { PushedKind, PushedObject } from "../domain/pushed.js";
import type { Named } from "../domain/scim-representation.js";
import type { AfterRow } from "../domain/scim-cursor.js";
import type { Tx } from "./ports.js";

/** One kind of objects of one application. */
export interface PushedPlace {
  readonly applicationId: string;
  readonly kind: PushedKind;
  /** The kind with the application's extensions. */
  readonly type: ScimResourceType;
}

export interface PushedQuery {
  /** Kinds that are listed together; all of them are sorted, or none. */
  readonly targets: readonly ListTarget[];
  readonly limit: number;
  /** Rows that are passed over. */
  readonly offset: number;
  readonly after: AfterRow | null;
}

/** An object of a list, with what it is sorted by. */
export interface PushedRow {
  readonly object: PushedObject;
  readonly key: string | null;
}

/** Where what was pushed was read up to by pages. */
export type PushedAfter = readonly [first: string, second: string];

export interface PushedPort {
  /** Settings of an application that is in use and of this connector; null when there is none. */
  openFor(tx: Tx, applicationId: string, connector: string): Promise<object | null>;
  find(tx: Tx, place: PushedPlace, id: string): Promise<PushedObject | null>;
  /** Same, and nobody else changes it until the transaction ends. */
  lock(tx: Tx, place: PushedPlace, id: string): Promise<PushedObject | null>;
  /** Throws PG_23505 when another one has the user name. */
  add(tx: Tx, place: PushedPlace, id: string, resource: Resource): Promise<PushedObject>;
  /** A new version of it, with this content. Throws PG_23505 like `add`. */
  change(tx: Tx, place: PushedPlace, id: string, resource: Resource): Promise<PushedObject>;
  /** Leaves tombstones for the reports; whoever was in them, or they were in, is told too. */
  removeAll(tx: Tx, ids: readonly string[]): Promise<void>;
  /** At most `limit` rows, in order of the sort key and of the id. */
  list(tx: Tx, applicationId: string, query: PushedQuery): Promise<readonly PushedRow[]>;
  count(tx: Tx, applicationId: string, targets: readonly ListTarget[]): Promise<number>;

  /** Members of groups, or groups of people, by the object that has them; `most` of all at most. */
  linksOf(
    tx: Tx,
    kind: PushedKind,
    ids: readonly string[],
    most: number,
  ): Promise<ReadonlyMap<string, readonly Named[]>>;
  /** Which of the ids are no object of the application; the others stay until the end. */
  unknownOf(tx: Tx, applicationId: string, ids: readonly string[]): Promise<readonly string[]>;
  /** Each answers how many members came or went. */
  addMembers(tx: Tx, group: PushedGroup, ids: readonly string[]): Promise<number>;
  removeMembers(tx: Tx, group: PushedGroup, ids: readonly string[]): Promise<number>;
  removeMembersWhere(tx: Tx, group: PushedGroup, filter: BoundFilter): Promise<number>;
  removeAllMembersBut(tx: Tx, group: PushedGroup, ids: readonly string[]): Promise<number>;
}

export interface PushedGroup {
  readonly applicationId: string;
  readonly id: string;
}

/** What a batch of a partner needs, for all of its objects at once. */
export interface PushedBatches {
  /** One batch of an application after another, until the transaction ends. */
  takeTurn(tx: Tx, applicationId: string): Promise<void>;
  /** Objects with these external ids, by `referenceKey`; nobody else changes them meanwhile. */
  lockNamed(
    tx: Tx, applicationId: string, references: readonly Reference[],
  ): Promise<ReadonlyMap<string, readonly PushedObject[]>>;
  /** Ids of objects with these external ids; they stay until the transaction ends. */
  idsOf(
    tx: Tx, applicationId: string, references: readonly Reference[],
  ): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Which users have these names: key of the name to id. */
  ownersOf(
    tx: Tx, applicationId: string, nameKeys: readonly string[],
  ): Promise<ReadonlyMap<string, string>>;
  /** Throws PG_23505 when another user has a name. */
  addAll(tx: Tx, applicationId: string, contents: readonly PushedContent[]): Promise<void>;
  /** A new version of each. Throws PG_23505 like `addAll`. */
  changeAll(tx: Tx, contents: readonly PushedContent[]): Promise<void>;
  /** Each answers the groups in which somebody came or went. */
  addPairs(
    tx: Tx, applicationId: string, pairs: readonly PushedMember[],
  ): Promise<readonly string[]>;
  removePairs(tx: Tx, pairs: readonly PushedMember[]): Promise<readonly string[]>;
  removeOthers(
    tx: Tx, groups: readonly string[], pairs: readonly PushedMember[],
  ): Promise<readonly string[]>;
}

export type PushedContent = Pick<PushedObject, "id" | "kind" | "resource"> & {
  /** The kind with the application's extensions. */
  readonly type: ScimResourceType;
};

export interface PushedReports {
  /**
   * Numbers what no report has told of yet and answers the number of this report. The application
   * is locked: a report is one after another, and whatever commits later gets a later one.
   */
  numberUntold(tx: Tx, applicationId: string): Promise<number>;
  hasUntold(tx: Tx, applicationId: string): Promise<boolean>;
  /** Forgets tombstones that every token of today's age knows of. */
  forgetDeleted(tx: Tx, applicationId: string, before: Date): Promise<void>;
  /** All objects that are there, in order of id. */
  objects(
    tx: Tx, applicationId: string, after: string | null, limit: number,
  ): Promise<readonly PushedObject[]>;
  members(
    tx: Tx, applicationId: string, after: PushedAfter | null, limit: number,
  ): Promise<readonly PushedMember[]>;
  /** Objects of the reports after `since` up to `until`, in order of report and id. */
  changedObjects(
    tx: Tx, applicationId: string, range: ReportRange, limit: number,
  ): Promise<readonly ChangedObject[]>;
  changedMembers(
    tx: Tx, applicationId: string, range: ReportRange & { readonly member: string | null },
    limit: number,
  ): Promise<readonly ChangedMemberRow[]>;
  /** Whether anything was ever pushed. */
  isUsed(tx: Tx, applicationId: string): Promise<boolean>;
}

/** From behind (`since`, `after`) to `until`; `after` is the last id read of report `since`. */
export interface ReportRange {
  readonly since: number;
  readonly after: string | null;
  readonly until: number;
}

export interface PushedMember {
  readonly group: string;
  readonly member: string;
}

export interface ChangedObject {
  readonly change: number;
  readonly deleted: boolean;
  readonly object: PushedObject;
}

export interface ChangedMemberRow extends PushedMember {
  readonly change: number;
  readonly present: boolean;
}
