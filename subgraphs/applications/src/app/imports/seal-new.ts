import type { AccountChange } from "@joinery/events";
import { isInSandbox } from "../../domain/application.js";
import type { StagedEvent } from "../import-ports.js";
import { sealAccounts } from "./import-events.js";
import type { ImportWork } from "./import-work.js";
import type { ReadTally } from "./read-tally.js";
import type { ReadRow } from "./stage-objects.js";

/**
 * Seals what rows tell when they are applied, beside them in the stage: of an account that nobody
 * knows yet nothing can be different by then, and it is in memory now. `rows` stand one after
 * another in the stage.
 */
export async function sealNew(
  work: ImportWork,
  rows: readonly ReadRow[],
  tally: ReadTally,
): Promise<StagedEvent[]> {
  const [head] = rows;
  if (head === undefined || isInSandbox(work.application)) return [];
  let first = head.ordinal;
  const sealed = await sealAccounts(work, tally.nextEvent, rows.map(toChange));
  const events = sealed.map(({ event, accounts }, at) => {
    const staged = { batch: tally.nextEvent + at, first, last: first + accounts - 1, event };
    first += accounts;
    return staged;
  });
  tally.nextEvent += events.length;
  return events;
}

function toChange({ accountId, kind, anchor, name, values, enabled }: ReadRow): AccountChange {
  return {
    id: accountId, kind, anchor, revision: 1, because: [], name,
    attributes: values as AccountChange["attributes"],
    ...(enabled === undefined ? {} : { enabled }),
    state: "present", before: null,
  };
}
