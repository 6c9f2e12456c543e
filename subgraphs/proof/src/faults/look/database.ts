import { setTimeout as delay } from "node:timers/promises";
import { databaseOf, type ServiceName } from "@joinery/kit";
import pg from "pg";

/** Looks into the services' databases as superuser; the server may be killed between two looks. */
export class Look {
  readonly #url: () => string;
  readonly #pools = new Map<string, pg.Pool>();

  /** `url` is asked each time: a server that was killed may come back at another port. */
  constructor(url: () => string) {
    this.#url = url;
  }

  async rows<Row extends pg.QueryResultRow>(
    service: ServiceName,
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    return (await this.#pool(service).query<Row>(sql, [...values])).rows;
  }

  /** Same, again for a minute while the server does not answer. */
  async patientRows<Row extends pg.QueryResultRow>(
    service: ServiceName,
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    const end = performance.now() + 60_000;
    for (;;) {
      try {
        return await this.rows<Row>(service, sql, values);
      } catch (error) {
        if (performance.now() > end) throw error;
        await delay(200);
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()));
  }

  #pool(service: ServiceName): pg.Pool {
    const url = new URL(this.#url());
    url.pathname = `/${databaseOf(service)}`;
    const connectionString = url.toString();
    const known = this.#pools.get(connectionString);
    if (known !== undefined) return known;
    const pool = new pg.Pool({ connectionString, max: 2, connectionTimeoutMillis: 5_000 });
    // What breaks a connection is told by the query that it breaks.
    pool.on("error", () => undefined);
    this.#pools.set(connectionString, pool);
    return pool;
  }
}
