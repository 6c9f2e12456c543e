import { channels, type Channel, type Envelope } from "./envelope.js";
import { EventError } from "./errors.js";

/*
 * The only place that knows what things are called in the broker.
 *
 *   <owner>.<noun>.<verb>.<channel>.<tenant>      an event, in stream <owner>_<channel>
 *   joinery.confirm.<producer>                    a consumer tells how far it has stored
 *   joinery.snapshot.<producer>                   a consumer asks for everything
 */

const token = /^[A-Za-z0-9_-]{1,63}$/;

export interface EventSubject {
  readonly name: string;
  readonly channel: Channel;
  readonly tenant: string;
}

/**
 * Throws SUBJECT_INVALID: a name or tenant with a dot, blank or wildcard would change the meaning.
 */
export function subjectOf(event: Pick<Envelope, "name" | "channel" | "tenant">): string {
  const parts = event.name.split(".");
  if (parts.length !== 3 || ![...parts, event.tenant].every((part) => token.test(part))) {
    throw new EventError("SUBJECT_INVALID", "an event's name or tenant does not fit a subject", {
      name: event.name,
    });
  }
  return `${event.name}.${event.channel}.${event.tenant}`;
}

/** The inverse of `subjectOf`; throws SUBJECT_INVALID for anything else. */
export function parseSubject(subject: string): EventSubject {
  const [owner, noun, verb, channel, tenant, ...rest] = subject.split(".");
  const known = channels.find((candidate) => candidate === channel);
  if (rest.length > 0 || known === undefined || !token.test(tenant ?? "")) {
    throw new EventError("SUBJECT_INVALID", "not the subject of an event", { subject });
  }
  return { name: `${owner}.${noun}.${verb}`, channel: known, tenant: tenant ?? "" };
}

export function streamOf(producer: string, channel: Channel): string {
  return `${checked(producer)}_${channel}`;
}

/** What the stream of a producer and channel takes in. */
export function streamSubjects(producer: string, channel: Channel): string {
  return `${checked(producer)}.*.*.${channel}.*`;
}

export function confirmationSubject(producer: string): string {
  return `joinery.confirm.${checked(producer)}`;
}

export function snapshotSubject(producer: string): string {
  return `joinery.snapshot.${checked(producer)}`;
}

/** The mark that ends a snapshot; it concerns a service and no tenant, hence this one. */
export const serviceTenant = "_service";

export function snapshotEndName(producer: string): string {
  return `${checked(producer)}.snapshot.ended`;
}

function checked(name: string): string {
  if (!token.test(name)) throw new EventError("SUBJECT_INVALID", "not a service name", { name });
  return name;
}
