import {
  accountChanged, applicationsActionRecorded, cryptoActionRecorded, identityChanged,
  membershipChanged, rulesActionRecorded, runChanged, type Envelope, type EventContract,
} from "@joinery/events";
import { handlerOf, type LaneHandler } from "@joinery/kit";
import type { NewEntry } from "../domain/entry.js";
import { writeEntries } from "../persistence/entry-store.js";
import {
  accountEntries, actionEntries, identityEntries, membershipEntries, runEntries,
} from "./entries.js";

/**
 * Everything that audit takes in: each event becomes its entries, in the transaction that ends it.
 */
export const auditHandlers: readonly LaneHandler[] = [
  writing(identityChanged, identityEntries),
  writing(accountChanged, accountEntries),
  writing(membershipChanged, membershipEntries),
  writing(runChanged, runEntries),
  writing(applicationsActionRecorded, actionEntries),
  writing(rulesActionRecorded, actionEntries),
  writing(cryptoActionRecorded, actionEntries),
];

function writing<Payload>(
  event: EventContract<Payload>,
  toEntries: (envelope: Envelope, payload: Payload) => NewEntry[],
): LaneHandler {
  return handlerOf(event, async ({ envelope, payload }, lane) => {
    const entries = toEntries(envelope, payload);
    await lane.commit((tx) => writeEntries(tx, entries), { handled: true });
    return "done";
  });
}
