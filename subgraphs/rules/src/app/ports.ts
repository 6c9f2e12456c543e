import type { Actor, Clock, Door, KeyRing, Log } from "@joinery/kit";

/** What the use-cases of rules work with. */
export interface RulesDeps {
  readonly door: Door;
  readonly keys: KeyRing;
  readonly log: Log;
  readonly clock: Clock;
}

/** Who asks, and for which request. */
export interface Caller {
  readonly actor: Actor;
  readonly requestId: string;
}

export type Outcome<Value, Failure> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: Failure };
