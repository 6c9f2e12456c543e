import {
  applicationChanged, applicationsActionRecorded, insertOutbox, runChanged, sealEvents,
  type Actor as EventActor, type OutgoingEvent,
} from "@joinery/events";
import { toEventActor } from "@joinery/kit";
import type { Application } from "../domain/application.js";
import type { Breach, Run } from "../domain/run.js";
import type { Caller, Deps, Tx } from "./ports.js";

/** Seals and writes events beside what they tell of: for a few small ones in one transaction. */
export async function tell(deps: Deps, tx: Tx, events: readonly OutgoingEvent[]): Promise<void> {
  await insertOutbox(tx.client, await sealEvents(deps.sealer, events));
}

/** Full state, for every replica. */
export function toldApplication(tx: Tx, by: Caller, application: Application): OutgoingEvent {
  const { id, revision, key, name, state, phase, authoritativeFor, schema } = application;
  return {
    event: applicationChanged,
    tenant: tx.tenant,
    actor: toEventActor(by.actor),
    correlation: by.requestId,
    payload: {
      applicationId: id, revision, key, name, state, phase,
      authoritativeFor: [...authoritativeFor], schema,
    },
  };
}

export interface RecordedAction {
  /** `<noun>.<verb>`: `application.stop`. */
  readonly action: string;
  readonly target: {
    readonly kind: "account" | "application" | "connection" | "run";
    readonly id: string;
  };
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

export function toldAction(tx: Tx, by: Caller, action: RecordedAction): OutgoingEvent {
  return {
    event: applicationsActionRecorded,
    tenant: tx.tenant,
    actor: toEventActor(by.actor),
    correlation: by.requestId,
    payload: { ...action, outcome: "done" },
  };
}

/** `started` … `discarded`: what a run that changed its state tells. */
export function toldRun(
  tx: Tx,
  application: Pick<Application, "id" | "name">,
  run: Pick<Run, "id" | "actor" | "counts">,
  state: "started" | "held" | "finished" | "failed" | "discarded",
  more: { code?: string; reason?: string; breaches?: readonly Breach[]; repeated?: boolean } = {},
): OutgoingEvent {
  const { code, reason, breaches, repeated } = more;
  return {
    event: runChanged,
    tenant: tx.tenant,
    actor: run.actor as EventActor,
    correlation: run.id,
    payload: {
      runId: run.id,
      applicationId: application.id,
      applicationName: application.name,
      state,
      ...(code === undefined ? {} : { code }),
      ...(reason === undefined ? {} : { reason }),
      ...(repeated === true ? { repeated } : {}),
      counts: run.counts,
      breaches: [...(breaches ?? [])],
    },
  };
}
