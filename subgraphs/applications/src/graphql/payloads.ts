import { toUserError } from "@joinery/kit";
import type { Connected } from "../app/add-application.js";
import type { CheckedConnection } from "../app/check-connection.js";
import type { ConnectionState as DomainState } from "../app/connect.js";
import type { Connection as DomainConnection } from "../domain/connection.js";
import type { Application as DomainApplication } from "../domain/application.js";
import type { Outcome, Refusal } from "../domain/outcome.js";
import type { Run as DomainRun } from "../domain/run.js";
import {
  toApplication,
  type ApplicationPayload,
  type ConnectionState,
} from "./application-type.js";
import type { Decided } from "../app/plans/decide-plan.js";
import type { PlanPayload } from "./plan-type.js";
import { toConnection, type ConnectionPayload } from "./connection-type.js";
import { toRun, type RunPayload } from "./run-type.js";

export function toConnectedPayload(outcome: Outcome<Connected>): ApplicationPayload {
  if (!outcome.ok) return refused(outcome.error);
  const { application, connection } = outcome.value;
  return accepted(application, toConnectionState(connection));
}

export function toApplicationPayload(outcome: Outcome<DomainApplication>): ApplicationPayload {
  return outcome.ok ? accepted(outcome.value) : refused(outcome.error);
}

export function toConnectionPayload(outcome: Outcome<DomainConnection>): ConnectionPayload {
  if (!outcome.ok) return { connection: null, checks: [], ...refusalOf(outcome.error) };
  return { connection: toConnection(outcome.value), checks: [], errors: [], problems: [] };
}

export function toCheckedPayload(outcome: Outcome<CheckedConnection>): ConnectionPayload {
  if (!outcome.ok) return { connection: null, checks: [], ...refusalOf(outcome.error) };
  const { connection, checks } = outcome.value;
  return {
    connection: toConnection(connection), errors: [], problems: [],
    checks: checks.map(({ application, state }) =>
      ({ application, state: toConnectionState(state) })),
  };
}

export function toRunPayload(outcome: Outcome<DomainRun>): RunPayload {
  if (outcome.ok) return { run: toRun(outcome.value), errors: [], openRunId: null };
  const { error } = outcome;
  return { run: null, errors: [toUserError(error)], openRunId: error.runId ?? null };
}

export function toPlanPayload(outcome: Outcome<Decided>): PlanPayload {
  return outcome.ok
    ? { ...outcome.value, errors: [] }
    : { items: 0, pending: 0, unknown: 0, errors: [toUserError(outcome.error)] };
}

function accepted(
  application: DomainApplication,
  connection: ConnectionState | null = null,
): ApplicationPayload {
  return { application: toApplication(application), connection, errors: [], problems: [] };
}

function refused(error: Refusal): ApplicationPayload {
  return { application: null, connection: null, ...refusalOf(error) };
}

function refusalOf(error: Refusal): Pick<ApplicationPayload, "errors" | "problems"> {
  const problems = (error.problems ?? []).map((each) => ({ ...each }));
  return { errors: [toUserError(error)], problems };
}

function toConnectionState(connection: DomainState): ConnectionState {
  if (connection.ok) return { ok: true, code: null, reason: null };
  return { ok: false, code: connection.code, reason: connection.reason };
}
