import type { Value } from "@joinery/engine";
import type { PatternChange } from "./pattern.js";
import type { Breach, Counts, WaveProcess } from "./run.js";

/** An account as people read it. */
export interface AccountView {
  readonly id: string;
  readonly applicationId: string;
  readonly kind: string;
  readonly anchor: string | null;
  readonly name: string;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly enabled: boolean | null;
  readonly state: string;
  readonly identityId: string | null;
  readonly revision: number;
  readonly updatedAt: Date;
}

export interface AccountFilter {
  readonly applicationId: string;
  readonly state?: string;
  readonly kind?: string;
  /** Only accounts with, or only those without, an identity. */
  readonly joined?: boolean;
}

/** A planned change as people read it. */
export interface ItemView {
  readonly id: string;
  readonly runId: string;
  readonly waveId: string;
  readonly applicationId: string;
  readonly accountId: string;
  readonly identityId: string | null;
  readonly kind: string;
  readonly operation: string;
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
  readonly because: readonly string[];
  readonly classes: readonly string[];
  readonly state: string;
  /** Hex. */
  readonly hash: string;
  /** Hex, 32 characters. */
  readonly pattern: string;
  /** Who approved it. */
  readonly approvedBy: readonly string[];
  readonly attempts: number;
  readonly code: string | null;
  readonly reason: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/** What many items have in common, how many they are, and one of them. */
export interface PatternView {
  /** Hex, 32 characters. */
  readonly digest: string;
  readonly applicationId: string;
  readonly items: number;
  /** How attributes change, without what differs from one to the other. */
  readonly changes: readonly PatternChange[];
  readonly sample: ItemView;
}

export interface ItemFilter {
  readonly runId: string;
  /** Hex, 32 characters. */
  readonly pattern?: string;
  /** Class of the guard. */
  readonly class?: string;
  readonly state?: string;
  readonly operation?: string;
  readonly applicationId?: string;
}

export interface WaveView {
  readonly id: string;
  readonly runId: string;
  readonly process: WaveProcess;
  readonly applicationId: string;
  readonly state: string;
  readonly batches: number;
  readonly counts: Counts;
  readonly breaches: readonly Breach[];
  /** Items of an export wave by state. */
  readonly items: Counts;
  /** Whether an export wave is approved item by item. */
  readonly signOff: boolean;
}
