import type {
  accountChanged,
  applicationsActionRecorded,
  Envelope,
  identityChanged,
  membershipChanged,
  runChanged,
} from "@joinery/events";
import { changesOf, type NewEntry } from "../domain/entry.js";

type PayloadOf<Event extends { parse(value: unknown): unknown }> = ReturnType<Event["parse"]>;
type Action = PayloadOf<typeof applicationsActionRecorded> & { readonly address?: string };

/** What every entry of one event shares. */
function common(envelope: Envelope) {
  return {
    at: envelope.occurredAt,
    actor: { kind: envelope.actor.kind, id: envelope.actor.id },
    eventId: envelope.id,
    trace: envelope.traceparent ?? null,
  };
}

export function identityEntries(
  envelope: Envelope,
  payload: PayloadOf<typeof identityChanged>,
): NewEntry[] {
  return payload.identities.map((identity) => ({
    ...common(envelope),
    objectKind: "identity",
    objectId: identity.id,
    identityId: identity.id,
    applicationId: payload.applicationId,
    runId: payload.runId,
    operation: identity.before === null ? "create" : identity.state === "gone" ? "end" : "update",
    ...changesOf(identity.before, identity.attributes),
    because: identity.because,
  }));
}

export function accountEntries(
  envelope: Envelope,
  payload: PayloadOf<typeof accountChanged>,
): NewEntry[] {
  return payload.accounts.map((account) => ({
    ...common(envelope),
    objectKind: "account",
    objectId: account.id,
    identityId: account.identityId ?? null,
    applicationId: payload.applicationId,
    runId: payload.runId,
    operation: `${payload.origin}.${operationOf(account)}`,
    ...changesOf(account.before, { ...account.attributes, $enabled: account.enabled ?? null }),
    because: account.because,
  }));
}

function operationOf(account: { before: unknown; state: string }): string {
  if (account.state === "gone") return "delete";
  return account.before === null ? "create" : "update";
}

export function membershipEntries(
  envelope: Envelope,
  payload: PayloadOf<typeof membershipChanged>,
): NewEntry[] {
  return payload.memberships.map((membership) => ({
    ...common(envelope),
    objectKind: "membership",
    objectId: membership.groupId,
    identityId: membership.memberId,
    applicationId: null,
    runId: payload.runId,
    operation: membership.present ? "add" : "remove",
    before: null,
    after: null,
    because: membership.because,
  }));
}

export function runEntries(envelope: Envelope, payload: PayloadOf<typeof runChanged>): NewEntry[] {
  return [
    {
      ...common(envelope),
      objectKind: "run",
      objectId: payload.runId,
      identityId: null,
      applicationId: payload.applicationId,
      runId: payload.runId,
      operation: payload.state,
      before: null,
      after: { counts: payload.counts, breaches: payload.breaches, code: payload.code ?? null },
      because: [],
    },
  ];
}

export function actionEntries(envelope: Envelope, payload: Action): NewEntry[] {
  const after = {
    ...payload.after,
    ...(payload.code === undefined ? {} : { code: payload.code }),
    ...(payload.address === undefined ? {} : { address: payload.address }),
  };
  return [
    {
      ...common(envelope),
      objectKind: payload.target.kind,
      objectId: payload.target.id,
      identityId: null,
      applicationId: null,
      runId: null,
      operation: payload.outcome === "done" ? payload.action : `${payload.action}.refused`,
      before: payload.before ?? null,
      after,
      because: [],
    },
  ];
}
