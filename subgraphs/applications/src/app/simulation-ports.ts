import type { IdentityChange } from "@joinery/events";
import type { OutboundPort } from "./outbound-ports.js";
import type { Tx } from "./ports.js";

export interface SimulatedMembership {
  readonly groupId: string;
  readonly memberId: string;
  readonly present: boolean;
  readonly because: readonly string[];
}

/** How the plans of two simulations differ, by the hashes of their items. */
export interface SimulationDifference {
  /** In the newer one only. */
  readonly appeared: number;
  /** In the older one only. */
  readonly gone: number;
  /** In both. */
  readonly stayed: number;
}

/** What a simulation would have otherwise than it is. */
export interface SimulationPort {
  /** Identities with their joins; answers how many rows that are. */
  takeIdentities(
    tx: Tx,
    runId: string,
    identities: readonly IdentityChange[],
  ): Promise<number>;
  takeMemberships(
    tx: Tx,
    runId: string,
    memberships: readonly SimulatedMembership[],
  ): Promise<number>;
  /** How many rows there are: fewer than were taken after a crash of the database. */
  count(tx: Tx, runId: string): Promise<number>;
  clear(tx: Tx, runId: string): Promise<void>;
  /**
   * Outbound of the world of a simulation: it reads what would be over what is, and keeps what is
   * planned as simulated. Everybody is due in `sandbox`, and nothing else changes.
   */
  outbound(runId: string, sandbox: readonly string[]): OutboundPort;
  /** When the newest simulation was asked for; null where there never was one. */
  lastAt(tx: Tx): Promise<Date | null>;
  /** The simulation that finished last before a run; null when there is none. */
  before(tx: Tx, runId: string): Promise<string | null>;
  difference(tx: Tx, runId: string, before: string): Promise<SimulationDifference>;
  /** Takes away what simulations planned before the two newest. */
  forgetOlder(tx: Tx): Promise<void>;
}
