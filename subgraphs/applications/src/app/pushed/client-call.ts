import { applicationsActionRecorded, type OutgoingEvent } from "@joinery/events";
import { codeOf, type PushClient } from "@joinery/kit";
import { typesOf, type PushedTypes } from "../../domain/pushed-types.js";
import type { Deps, Tx } from "../ports.js";
import { pushedConnector } from "./pushed-kind.js";

/** Who pushes, in which request; by SCIM or through the graph. */
export interface ClientCall {
  readonly deps: Deps;
  readonly client: PushClient;
  readonly requestId: string;
}

/** The application takes no pushes any more. */
export const closed = Symbol("closed");

/** Whoever lost to another one is tried again that often. */
const attemptsMax = 3;

/**
 * One transaction in the client's application, if it takes pushes. `again`: codes of the database
 * after which nothing was written and another attempt may well succeed.
 */
export async function inPushed<T>(
  { deps, client }: ClientCall,
  again: ReadonlySet<string>,
  work: (tx: Tx, types: PushedTypes) => Promise<T>,
): Promise<T | typeof closed> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await deps.within(client.tenant, async (tx) => {
        const settings = await deps.pushed.openFor(tx, client.applicationId, pushedConnector);
        return settings === null ? closed : work(tx, typesOf(settings));
      });
    } catch (error) {
      if (!again.has(codeOf(error)) || attempt === attemptsMax) throw error;
    }
  }
}

/** For the audit: who pushed what. Never a value. */
export function toldPush(
  { client, requestId }: ClientCall,
  action: "create" | "replace" | "patch" | "delete" | "batch",
  target: { readonly kind: "user" | "group" | "application"; readonly id: string },
  after: Readonly<Record<string, unknown>>,
): OutgoingEvent {
  return {
    event: applicationsActionRecorded,
    tenant: client.tenant,
    actor: { kind: "scim", id: client.id, name: client.name },
    correlation: requestId,
    payload: { action: `pushed.${action}`, target, outcome: "done", after },
  };
}
