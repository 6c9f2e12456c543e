import { insertOutboxFrom } from "@joinery/events";
import { copyRows, json } from "@joinery/kit";
import type { EventPlaces, ImportPort, SealedIsland } from "../app/import-ports.js";
import { insertAccounts, movedUnlessWritten } from "./import-apply.js";

/** Events of the stage that were sealed while the source was read. */
export const importSealed: Pick<
  ImportPort,
  "stageEvents" | "unstageEvents" | "sealedIslands" | "sealedRange" | "placesOf" | "applySealed"
> = {
  async stageEvents(tx, runId, events) {
    await copyRows(tx, "stage_event",
      ["run_id", "batch", "first_ordinal", "last_ordinal", "envelope", "sealed"],
      events.map(({ batch, first, last, event }) => [
        runId, batch, first, last, json(event.envelope), Buffer.from(event.sealed),
      ]));
  },

  async unstageEvents(tx, runId) {
    await tx.execute("delete from stage_event where run_id = $1", [runId]);
  },

  async sealedIslands(tx, runId, after) {
    return tx.query<{ first: number; last: number } & SealedIsland>(
      `select min(first_ordinal) as first, max(last_ordinal) as last from (
         select first_ordinal, last_ordinal,
           sum(starts) over (order by first_ordinal) as island
         from (
           select first_ordinal, last_ordinal, case when first_ordinal = 1 +
             lag(last_ordinal) over (order by first_ordinal) then 0 else 1 end as starts
           from stage_event where run_id = $1 and first_ordinal > $2
         ) event
       ) numbered
       group by island order by 1`, [runId, after]);
  },

  async sealedRange(tx, runId, after, limit) {
    const [row] = await tx.query<{ last: number; lastOfFirst: number; events: number }>(
      `select max(last_ordinal) as last, min(last_ordinal) as "lastOfFirst",
         count(*)::int as events
       from stage_event
       where run_id = $1 and first_ordinal > $2
         and (last_ordinal <= $2 + $3 or first_ordinal = $2 + 1)`, [runId, after, limit]);
    return row ?? { last: after, lastOfFirst: after, events: 0 };
  },

  async placesOf(tx, runId, after) {
    const [row] = await tx.query<EventPlaces & { own: number | null }>(
      `select max(batch) filter (where first_ordinal = $2 + 1) as own, count(*)::int as staged,
         (count(*) filter (where first_ordinal <= $2))::int as begun
       from stage_event where run_id = $1`, [runId, after]);
    return row ?? { own: null, staged: 0, begun: 0 };
  },

  async applySealed(tx, place, from, to) {
    await movedUnlessWritten(to - from + 1, () => insertAccounts(tx, { ...place, from, to }));
    await insertOutboxFrom(tx.client,
      `select envelope, sealed from stage_event
       where run_id = $1 and first_ordinal between $2 and $3 order by first_ordinal`,
      [place.runId, from, to]);
  },
};
