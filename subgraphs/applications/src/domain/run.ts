/** One limit of the guard that a wave went over. */
export interface Breach {
  readonly applicationId: string;
  readonly class: string;
  readonly n: number;
  readonly limit: number;
  readonly population: number;
  readonly rule: string;
}

export const runStates = [
  "queued", "importing", "inbound", "outbound", "exporting", "held", "finished", "failed",
  "discarded",
] as const;
export type RunState = (typeof runStates)[number];

export const waveProcesses = ["import", "inbound", "outbound", "export"] as const;
export type WaveProcess = (typeof waveProcesses)[number];

export type WaveState =
  "computing" | "held" | "released" | "finished" | "failed" | "discarded";

export type Counts = Readonly<Record<string, number>>;

/** Some of what one code was said of; the count tells how many there were. */
export interface ErrorTally {
  readonly count: number;
  readonly samples: readonly { readonly object: string; readonly reason: string }[];
}
export type Errors = Readonly<Record<string, ErrorTally>>;

/**
 * What a run reads of its application: everything, what changed since the last import (everything,
 * where the system cannot tell), or nothing, to tell the vault anew what is held of it. One that is
 * a simulation reads nothing either: it computes what would be, had the sandbox been live.
 */
export const runReads = ["everything", "changes", "nothing", "simulation"] as const;
export type RunReads = (typeof runReads)[number];

/** One execution of a plan, begun by one application. */
export interface Run {
  readonly id: string;
  readonly applicationId: string;
  readonly state: RunState;
  readonly actor: { readonly kind: string; readonly id: string; readonly name?: string };
  readonly reads: RunReads;
  /** Hash and version of the rule set that it is pinned to; null before one is active. */
  readonly bundle: string | null;
  readonly bundleVersion: number | null;
  /** Joined accounts when it began: what the guard's limits are measured against. */
  readonly population: number;
  /** All present accounts when it began. */
  readonly accounts: number;
  readonly counts: Counts;
  readonly errors: Errors;
  /** Milliseconds by what took them. */
  readonly timings: Counts;
  readonly code: string | null;
  readonly reason: string | null;
  readonly readStartedAt: Date | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** Whether it only computes what would be. */
export function isSimulation({ reads }: Pick<Run, "reads">): boolean {
  return reads === "simulation";
}

/** Whether it was begun because the system said that something changed. */
export function isLook({ reads, actor }: Pick<Run, "reads" | "actor">): boolean {
  return reads === "changes" && actor.kind === "system";
}

/** Whether it was begun by a schedule, or because the system said that something changed. */
export function isUnattended({ reads, actor }: Pick<Run, "reads" | "actor">): boolean {
  return reads !== "nothing" && actor.kind === "system";
}

export interface Wave {
  readonly id: string;
  readonly runId: string;
  readonly process: WaveProcess;
  readonly applicationId: string;
  readonly state: WaveState;
  /** How far it is, for going on after a crash. */
  readonly stage: Readonly<Record<string, unknown>>;
  readonly batches: number;
  readonly counts: Counts;
  readonly breaches: readonly Breach[];
  readonly root: Buffer | null;
}

/** Whether the wave waits for people to sign it off, not for them to look at a breach. */
export function isForSignOff({ stage }: Pick<Wave, "stage">): boolean {
  return stage["signOff"] === true;
}

/** Why export waves are held; a breach of the guard comes before a plan that is to be signed. */
export function whyHeld(held: readonly Pick<Wave, "stage">[]): { code: string; reason: string } {
  return held.every(isForSignOff)
    ? { code: "SIGN_OFF", reason: "what would be written waits for approval" }
    : { code: "GUARD_HELD", reason: "more accounts would change than the limits allow" };
}

/** How many items an export wave was sealed with, from its counts. */
export function plannedItems(counts: Counts): number {
  const operations = ["create", "update", "delete", "members"];
  return operations.reduce((sum, operation) => sum + (counts[operation] ?? 0), 0);
}

export const endStates: ReadonlySet<RunState> = new Set(["finished", "failed", "discarded"]);

const samplesMax = 20;

/** Counts what went wrong by code and keeps the first few of each. */
export class ErrorTallies {
  readonly #tallies = new Map<
    string,
    { count: number; samples: { object: string; reason: string }[] }
  >();

  constructor(errors: Errors = {}) {
    for (const [code, { count, samples }] of Object.entries(errors)) {
      this.#tallies.set(code, { count, samples: [...samples] });
    }
  }

  add(code: string, object: string, reason: string, count = 1): void {
    const tally = this.#tallies.get(code) ?? { count: 0, samples: [] };
    tally.count += count;
    if (tally.samples.length < samplesMax) {
      tally.samples.push({ object: object.slice(0, 200), reason: reason.slice(0, 300) });
    }
    this.#tallies.set(code, tally);
  }

  get isEmpty(): boolean {
    return this.#tallies.size === 0;
  }

  toJSON(): Errors {
    return Object.fromEntries(this.#tallies);
  }
}
