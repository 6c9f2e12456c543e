import type { Buckets, MemberRestated, RestatedAccount } from "@joinery/events";
import type { Tx } from "./ports.js";

export type HeldMember = MemberRestated["members"][number];
/** Where a member stands in the order of group and member. */
export type MemberKey = Pick<HeldMember, "group" | "member">;

export interface AccountPort {
  /** Accounts that are present, and those of them that belong to an identity. */
  population(
    tx: Tx,
    applicationId: string,
  ): Promise<{ readonly present: number; readonly joined: number }>;
  /**
   * Accounts of an application that its system has or had, after `after` by id; one that is to be
   * made again is gone until then.
   */
  heldAfter(
    tx: Tx,
    applicationId: string,
    after: string | null,
    limit: number,
  ): Promise<readonly RestatedAccount[]>;
  /** Whether the accounts were not counted after `since`. */
  isCountDue(tx: Tx, applicationId: string, since: Date): Promise<boolean>;
  /**
   * Nobody changes any account until the transaction ends. Waits two seconds at most, then throws
   * PG_55P03.
   */
  lock(tx: Tx): Promise<void>;
  /**
   * Counts an application's accounts that its system has or had; null where that was done after
   * `since`.
   */
  countDue(tx: Tx, applicationId: string, since: Date, now: Date): Promise<Buckets | null>;
  /** Members of groups as the system reported them, without those that we added, after `after`. */
  membersAfter(
    tx: Tx,
    applicationId: string,
    after: MemberKey | null,
    limit: number,
  ): Promise<readonly HeldMember[]>;
  /** Of those that are known. */
  revisions(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
}
