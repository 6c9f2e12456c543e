import type { EndedRun, RetentionPort } from "../app/retention-ports.js";

/** What outbound asks of items that are at their end (unplan, taken names). */
const isLookedAt = `(i.operation = 'create' and i.attempts > 0
  and i.state in ('failed', 'stale', 'discarded')
  or i.names is not null and i.state = 'failed')`;

export const retentionStore: RetentionPort = {
  endedRuns: (tx, before, newest, after, limit) =>
    tx.query<EndedRun & Record<string, unknown>>(
      `select id, finished_at as "finishedAt" from (
         select id, state, date_trunc('milliseconds', finished_at) as finished_at,
           row_number() over (partition by application_id order by created_at desc, id desc) as n,
           row_number() over (partition by application_id, reads, state
             order by created_at desc, id desc) as nth
         from run
       ) r
       where state in ('finished', 'failed', 'discarded') and finished_at < $1 and n > $2
         and nth > 1
         and ($3::timestamptz is null or (finished_at, id) > ($3::timestamptz, $4::uuid))
       order by finished_at, id limit $5`,
      [before, newest, after?.finishedAt ?? null, after?.id ?? null, limit]),

  forgetItems: (tx, waveIds, limit) =>
    tx.execute(
      `delete from item where (wave_id, id) in (
         select i.wave_id, i.id from item i
         where i.wave_id = any($1::uuid[]) and not ${isLookedAt}
           and i.state not in ('proposed', 'open', 'waiting') limit $2)`, [waveIds, limit]),

  async forgetRun(tx, runId, waveIds) {
    const rows = await tx.query("select from run where id = $1 for update skip locked", [runId]);
    const left = await tx.query("select from item where wave_id = any($1::uuid[]) limit 1",
      [waveIds]);
    if (rows.length === 0 || left.length > 0) return false;
    await tx.execute("delete from wave where run_id = $1", [runId]);
    await tx.execute("delete from run where id = $1", [runId]);
    return true;
  },
};
