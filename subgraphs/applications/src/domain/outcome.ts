import type { Problem } from "./validate.js";

/**
 * Expected refusals with their stable codes. What each means to an operator: `failure-modes.md`.
 */
export const refusals = {
  APPLICATION_INVALID: "the application is not configured right: see the problems",
  APPLICATION_KEY_TAKEN: "another application of the organisation has this key",
  APPLICATION_NOT_FOUND: "the organisation has no such application",
  CONNECTION_INVALID: "the connection is not configured right: see the problems",
  CONNECTION_IN_USE: "applications use the connection: see the problems for which",
  CONNECTION_KEY_TAKEN: "another connection of the organisation has this key",
  CONNECTION_NOT_FOUND: "the organisation has no such connection",
  CONNECTOR_UNKNOWN: "there is no such kind of connector",
  IMPORT_OFF: "the application is not imported: choose that it is (imports)",
  PHASE_LEFT: "an application that has left the sandbox does not go back: stop it instead",
  SANDBOX_EMPTY: "no application is in the sandbox, or none of them was read yet",
  PLAN_MOVED: "the plan is not the one that was looked at any more",
  SIGN_OFF_NEEDED: "what the run would write waits for approval of the plan, item by item",
  PLAN_DECISION_INVALID: "name up to 1,000 hashes, or a root with or without its pattern",
  PLAN_EMPTY: "nothing of the application waits for approval",
  RUN_OPEN: "a run of this application is under way",
  RUN_HELD: "a run of this application is held: release or discard it first",
  RUN_NOT_FOUND: "the organisation has no such run",
  RUN_NOT_HELD: "no wave of this run is held",
  SCHEDULE_INVALID: "the schedule is not right: see the problems",
  FUTURE_TASK_NOT_FOUND: "nothing of this account is to come, or it is not there any more",
  FUTURE_TASK_INVALID: "a task can be moved to a time from now on, ten years ahead at most",
  WAVE_NOT_HELD: "this wave is not held, or not of this run",
  PUSH_TOO_LARGE: "a push holds 1 to 1,000 objects, and 10,000 members of groups at most",
  PUSH_CLOSED: "the application takes nothing any more",
  CANNOT_READ: "this connector does not read, so it cannot be imported from",
} as const;
export type RefusalCode = keyof typeof refusals;

/** Neither message nor problems carry what was submitted. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  /** With APPLICATION_INVALID, CONNECTION_INVALID, CONNECTION_IN_USE and SCHEDULE_INVALID. */
  readonly problems?: readonly Problem[];
  /** With RUN_OPEN and RUN_HELD. */
  readonly runId?: string;
}

export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Refusal };

export function accept<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refuse(
  code: RefusalCode,
  more: Pick<Refusal, "problems" | "runId"> = {},
): { readonly ok: false; readonly error: Refusal } {
  return { ok: false, error: { code, message: refusals[code], ...more } };
}
