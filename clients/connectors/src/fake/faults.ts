import type { ConnectorErrorCode, ConnectorErrorKind } from "../connector.js";

/**
 * What goes wrong with one call.
 * - `slow`: the answer takes `ms`.
 * - `never`: there is no answer; only an abort ends the wait.
 * - `twice`: the system does it twice; a read yields each batch twice.
 * - `lost`: the system does it, and the answer is lost: retry `CONNECTOR_TIMEOUT`.
 * - `half`: the system does, or yields, half of it and then hangs up: `CONNECTOR_UNREACHABLE`.
 * - `refused`: nothing is done; `busy` and `rateLimited` are its usual forms.
 */
export type Fault =
  | { readonly type: "slow"; readonly ms: number }
  | { readonly type: "never" | "twice" | "lost" | "half" }
  | {
      readonly type: "refused";
      readonly kind: ConnectorErrorKind;
      readonly code: ConnectorErrorCode;
      readonly retryAfterMs?: number;
    };

export const busy: Fault = { type: "refused", kind: "retry", code: "CONNECTOR_BUSY" };

export function rateLimited(retryAfterMs: number): Fault {
  return { type: "refused", kind: "retry", code: "CONNECTOR_RATE_LIMITED", retryAfterMs };
}

/** One thing that is asked of the fake. */
export interface FakeCall {
  readonly operation:
    | "check" | "describe" | "read" | "begin" | "changes" | "listen"
    | "create" | "update" | "delete" | "members";
  /** Id of the write; empty for the others. */
  readonly id: string;
  /** Anchor of the object, or the name of one that is to be created. */
  readonly object: string;
  /** How many calls of any kind there were before. */
  readonly turn: number;
}

/** Decides for each call whether and how it goes wrong. */
export type FaultPlan = (call: FakeCall) => Fault | undefined;

export const noFaults: FaultPlan = () => undefined;

/** The faults in order, one for each call that fits; then all is well. */
export function faultsInOrder(
  faults: readonly (Fault | undefined)[], fits: (call: FakeCall) => boolean = () => true,
): FaultPlan {
  let next = 0;
  return (call) => {
    if (next >= faults.length || !fits(call)) return undefined;
    next += 1;
    return faults[next - 1];
  };
}

/** Probability of each fault for a call, from 0 to 1; together at most 1. */
export interface FaultRates {
  readonly slow?: number;
  readonly never?: number;
  readonly twice?: number;
  readonly lost?: number;
  readonly half?: number;
  readonly busy?: number;
  readonly rateLimited?: number;
}

/**
 * Faults at random, the same for the same seed and the same calls. Throws RangeError when the
 * rates are more than certain.
 */
export function seededFaults(seed: number, rates: FaultRates, slowMs = 20): FaultPlan {
  const choices: readonly (readonly [number, Fault])[] = [
    [rates.slow ?? 0, { type: "slow", ms: slowMs }], [rates.never ?? 0, { type: "never" }],
    [rates.twice ?? 0, { type: "twice" }], [rates.lost ?? 0, { type: "lost" }],
    [rates.half ?? 0, { type: "half" }], [rates.busy ?? 0, busy],
    [rates.rateLimited ?? 0, rateLimited(slowMs)],
  ];
  const sum = choices.reduce((total, [rate]) => total + rate, 0);
  if (sum > 1 || choices.some(([rate]) => rate < 0))
    throw new RangeError("rates lie between 0 and 1");
  const random = randomOf(seed);
  return () => {
    let drawn = random();
    for (const [rate, fault] of choices) {
      if (drawn < rate) return fault;
      drawn -= rate;
    }
    return undefined;
  };
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32, public domain). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
