import { databaseOf, serviceNames, type ServiceName } from "@joinery/kit";
import pg from "pg";

/** Rows written by `service.table`, summed over all organisations, and events by name. */
export type WrittenRows = ReadonlyMap<string, number>;

/** What every service's database held at one moment. */
export interface RowsMark {
  readonly services: ReadonlyMap<ServiceName, ServiceMark>;
}

interface ServiceMark {
  /** Every transaction of later has this number or a higher one. */
  readonly nextTransaction: string;
  readonly rows: ReadonlyMap<string, number>;
  readonly events: ReadonlyMap<string, number>;
}

/** Notes what is there now, for `writtenSince`. */
export async function markRows(databaseUrl: string): Promise<RowsMark> {
  const services = new Map<ServiceName, ServiceMark>();
  for (const service of serviceNames) {
    services.set(service, await within(databaseUrl, service, async (client) => {
      const [now] = (await client.query<{ next: string }>(
        "select pg_snapshot_xmax(pg_current_snapshot())::text as next")).rows;
      const rows = new Map<string, number>();
      for (const table of await tenantTables(client)) {
        const { rows: [row] } = await client.query<{ n: number }>(
          `select count(*)::float8 as n from ${table}`);
        rows.set(table, row?.n ?? 0);
      }
      return { nextTransaction: now?.next ?? "0", rows, events: await eventsOf(client) };
    }));
  }
  return { services };
}

/**
 * Rows of logged tables of tenant schemas that were inserted, updated or deleted since the mark, by
 * the transaction that each row says made it: exact at once, where the server's own statistics may
 * come ten seconds late. Working tables that are unlogged are no record and do not count. Tables
 * and events of which nothing was written are left out.
 */
export async function writtenSince(mark: RowsMark, databaseUrl: string): Promise<WrittenRows> {
  const written = new Map<string, number>();
  const add = (name: string, n: number) => {
    if (n > 0) written.set(name, (written.get(name) ?? 0) + n);
  };
  for (const [service, before] of mark.services) {
    await within(databaseUrl, service, async (client) => {
      for (const table of await tenantTables(client)) {
        const { rows: [row] } = await client.query<{ fresh: number; untouched: number }>(
          `select count(*) filter (where is_fresh)::float8 as fresh,
             count(*) filter (where not is_fresh)::float8 as untouched
           from (select xmin::text::bigint >= $1::bigint % 4294967296 as is_fresh from ${table}) r`,
          [before.nextTransaction]);
        const lost = (before.rows.get(table) ?? 0) - (row?.untouched ?? 0);
        const [, name = table] = table.split(".");
        add(`${service}.${name}`, Math.max(row?.fresh ?? 0, lost));
      }
      for (const [name, n] of await eventsOf(client)) {
        add(`event ${name}`, n - (before.events.get(name) ?? 0));
      }
    });
  }
  return written;
}

async function within<T>(
  databaseUrl: string,
  service: ServiceName,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const url = new URL(databaseUrl);
  url.pathname = `/${databaseOf(service)}`;
  const client = new pg.Client({ connectionString: url.toString() });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Quoted, with their schemas. */
async function tenantTables(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select n.nspname || '.' || c.relname as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname like 't\\_%' and c.relkind = 'r' and c.relpersistence = 'p'
     order by 1`);
  return rows.map(({ name }) => name);
}

async function eventsOf(client: pg.Client): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ name: string; n: number }>(
    "select envelope ->> 'name' as name, count(*)::float8 as n from joinery.outbox group by 1");
  return new Map(rows.map(({ name, n }) => [name, n]));
}
