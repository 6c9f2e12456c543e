import type { GuardPort } from "../app/ports.js";

/**
 * What waves did, by class and hour: of the hour in which the 24 hours began all counts, so that no
 * minute of them is forgotten. Rows older than two days are dropped by the next record.
 */
export const guardStore: GuardPort = {
  async last24h(tx, applicationId, now) {
    const rows = await tx.query<{ class: string; n: string }>(
      `select class, sum(n) as n from guard_ledger
       where application_id = $1
         and hour >= date_trunc('hour', $2::timestamptz - interval '24 hours') group by class`,
      [applicationId, now]);
    return Object.fromEntries(rows.map((row) => [row.class, Number(row.n)]));
  },

  async record(tx, applicationId, now, counts) {
    const classes = Object.keys(counts).filter((name) => (counts[name] ?? 0) > 0).sort();
    if (classes.length === 0) return;
    await tx.execute(
      `insert into guard_ledger (application_id, class, hour, n)
       select $1, class, date_trunc('hour', $2::timestamptz), n
       from unnest($3::text[], $4::int[]) as t(class, n)
       on conflict (application_id, class, hour) do update set n = guard_ledger.n + excluded.n`,
      [applicationId, now, classes, classes.map((name) => counts[name])]);
    await tx.execute(
      `delete from guard_ledger
       where application_id = $1 and hour < $2::timestamptz - interval '2 days'`,
      [applicationId, now]);
  },
};
