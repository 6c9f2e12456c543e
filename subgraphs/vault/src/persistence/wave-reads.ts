import type { TenantTransaction } from "@joinery/kit";
import type { ComputedBeside } from "../domain/identity-change.js";

/** The wave of a run that waits for people; null where none does. */
export async function heldWaveOf(tx: TenantTransaction, runId: string): Promise<string | null> {
  const [row] = await tx.query<{ id: string }>(
    "select id from wave where run_id = $1 and state = 'held' order by created_at desc limit 1",
    [runId],
  );
  return row?.id ?? null;
}

/** Identities that a wave would change, by id; one more than `first` where others follow. */
export function pageComputed(
  tx: TenantTransaction,
  waveId: string,
  first: number,
  after: string | null,
): Promise<ComputedBeside[]> {
  return tx.query<ComputedBeside & Record<string, unknown>>(
    `select w.id, w.kind, w.label, w.attributes, w.origins, w.state,
       case when i.id is not null then jsonb_build_object(
         'attributes', i.attributes, 'origins', i.origins, 'state', i.state) end as known
     from wave_identity w left join identity i on i.id = w.id
     where w.wave_id = $1 and ($2::uuid is null or w.id > $2)
     order by w.id limit $3`,
    [waveId, after, first + 1],
  );
}
