import type pg from "pg";

/**
 * Lends a connection to `work`. It is given back only when `work` says that nothing of it is left
 * on the connection: no transaction, no lock, no LISTEN. A lent connection that breaks while no
 * statement runs reports it by an event that nobody else hears, and that would end the process.
 */
export async function borrow<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient, clean: () => void) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let spent = true;
  // The next statement fails, which is met where it runs.
  const ignore = () => undefined;
  client.on("error", ignore);
  try {
    return await work(client, () => (spent = false));
  } finally {
    client.release(spent);
    if (!spent) client.off("error", ignore);
  }
}
