import type { ChangePosition } from "../domain/change-position.js";
import type { Place, StagedMember } from "./import-ports.js";
import type { Tx } from "./ports.js";

export interface ReportedMembers {
  /** Groups of which all members that they have are staged as added. */
  readonly wholeGroups: readonly string[];
  /** Groups that are gone, and their members with them. */
  readonly goneGroups: readonly string[];
  /** One bit per number of a member that was met and is held already. */
  readonly seenMembers: Buffer;
  /** Last ordinal of a member that the report gave. */
  readonly lastMember: number;
}

/** What a report of changes stages otherwise than a full read does. */
export interface ReportPort {
  /**
   * Up to where changes of an application are imported; null before the first full read, and where
   * its system tells none.
   */
  position(tx: Tx, applicationId: string): Promise<ChangePosition | null>;
  /** Writes nothing where it is the one that is kept. */
  keepPosition(tx: Tx, applicationId: string, position: ChangePosition | null): Promise<void>;
  /** Stages that who is held by these anchors is gone, after ordinal `after`. Answers how many. */
  stageGone(tx: Tx, place: Place, anchors: readonly string[], after: number): Promise<number>;
  /** Takes out that who has these anchors is gone. */
  unstageGone(tx: Tx, runId: string, anchors: readonly string[]): Promise<void>;
  /**
   * Takes out what is staged of the members that are told of, for the last word stands, and stages
   * those that may differ from what is held: who came and who went.
   */
  stageMembers(
    tx: Tx,
    runId: string,
    told: readonly { readonly group: string; readonly member: string }[],
    members: readonly (StagedMember & { readonly isThere: boolean })[],
  ): Promise<void>;
  /** Takes out what is staged of the members of groups. */
  unstageMembers(tx: Tx, runId: string, groups: readonly string[]): Promise<void>;
  /** Numbers of all members that are held of groups, by their anchors. */
  memberNumbers(tx: Tx, applicationId: string, groups: readonly string[]): Promise<number[]>;
  /**
   * Turns what was told of members into what differs from what is held: who went is found by the
   * account that the name stands for now, whatever it was called when it came. True where a write
   * of ours is newer than all that was told of a group: of that one nothing is taken for gone.
   */
  settleMembers(tx: Tx, place: Place, told: ReportedMembers): Promise<boolean>;
  /** Whether anything that is staged may be older than a write of ours. */
  isOvertaken(tx: Tx, place: Place): Promise<boolean>;
}
