import { databaseOf, serviceNames } from "@joinery/kit";
import pg from "pg";

/** Rows inserted, updated or deleted so far, by `service.table`, summed over all organisations. */
export type WrittenRows = ReadonlyMap<string, number>;

/**
 * Counts what was written to logged tables of tenant schemas, and the events by name, from
 * PostgreSQL's own statistics. Working tables that are unlogged are no record and do not count.
 */
export async function countWrittenRows(databaseUrl: string): Promise<WrittenRows> {
  const counted = new Map<string, number>();
  for (const service of serviceNames) {
    const url = new URL(databaseUrl);
    url.pathname = `/${databaseOf(service)}`;
    const client = new pg.Client({ connectionString: url.toString() });
    await client.connect();
    try {
      await client.query("select pg_stat_force_next_flush()");
      const tables = await client.query<{ name: string; n: number }>(
        `select s.relname as name, sum(n_tup_ins + n_tup_upd + n_tup_del)::float8 as n
         from pg_stat_all_tables s join pg_class c on c.oid = s.relid
         where s.schemaname like 't\\_%' and c.relpersistence = 'p'
         group by s.relname`,
      );
      for (const { name, n } of tables.rows) counted.set(`${service}.${name}`, n);
      const events = await client.query<{ name: string; n: number }>(
        "select envelope ->> 'name' as name, count(*)::float8 as n from joinery.outbox group by 1",
      );
      for (const { name, n } of events.rows) counted.set(`event ${name}`, n);
    } finally {
      await client.end();
    }
  }
  return counted;
}

/** What came to each since `before`; what did not change is left out. */
export function writtenSince(before: WrittenRows, after: WrittenRows): Map<string, number> {
  const since = new Map<string, number>();
  for (const [name, n] of after) {
    const more = n - (before.get(name) ?? 0);
    if (more !== 0) since.set(name, more);
  }
  return since;
}
