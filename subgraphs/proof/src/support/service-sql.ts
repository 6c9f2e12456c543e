import { databaseOf, type ServiceName } from "@joinery/kit";
import pg from "pg";

/** Reads a service's database as the superuser: proof looks inside, nobody else may. */
export async function querySql<Row extends pg.QueryResultRow>(
  databaseUrl: string,
  service: ServiceName,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const url = new URL(databaseUrl);
  url.pathname = `/${databaseOf(service)}`;
  const client = new pg.Client({ connectionString: url.toString() });
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}
