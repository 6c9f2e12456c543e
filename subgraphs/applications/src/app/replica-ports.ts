import type { Buckets, MembershipRestated, RestatedIdentity } from "@joinery/events";
import type { Tx } from "./ports.js";

export interface BundleChunk {
  readonly hash: string;
  readonly version: number;
  readonly chunk: number;
  readonly chunks: number;
  readonly data: string;
}

export interface WantedMembership {
  readonly groupId: string;
  readonly memberId: string;
  readonly present: boolean;
  readonly because: readonly string[];
}

export interface ReplicaPort {
  activeBundle(tx: Tx): Promise<{ readonly hash: string; readonly version: number } | null>;
  /** The whole text; null until every chunk has come and its digest was right. */
  bundleText(tx: Tx, hash: string): Promise<string | null>;
  /** Keeps a chunk; answers the text when it was the last that was missing. */
  keepChunk(tx: Tx, chunk: BundleChunk): Promise<string | null>;
  markStored(tx: Tx, hash: string): Promise<void>;
  dropBundle(tx: Tx, hash: string): Promise<void>;
  /** From now on runs are pinned to it, and everybody is due in every application. */
  activate(tx: Tx, hash: string, version: number): Promise<void>;
  /**
   * Takes identities whose revision is newer than ours, with their joins; those of which outbound
   * would see a difference become due. Answers how many were newer.
   */
  takeIdentities(
    tx: Tx,
    identities: readonly RestatedIdentity[],
    anew?: boolean,
  ): Promise<number>;
  /** Groups of which a membership changed become due. */
  takeMemberships(tx: Tx, memberships: readonly WantedMembership[]): Promise<void>;
  /** The same for all memberships of a range: those that are not listed are wanted no more. */
  replaceMemberships(tx: Tx, range: MembershipRestated): Promise<void>;
  /** Identities and wanted memberships as they are held here. */
  count(tx: Tx): Promise<{ readonly identities: Buckets; readonly memberships: Buckets }>;
  /** Rule sets that are here whole. */
  storedBundles(tx: Tx): Promise<readonly { readonly hash: string; readonly version: number }[]>;
}
