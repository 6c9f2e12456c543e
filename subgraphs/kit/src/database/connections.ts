import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { codeOf, JoineryError } from "../errors.js";

/**
 * A connection that the server ends says so by an event, also while somebody has borrowed it, and
 * an event that nobody hears ends the process. The borrower learns it from its next statement.
 */
export function survivingPool(options: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(options);
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

/** Same, for one connection that is no pool's. */
export function survivingClient(options: pg.ClientConfig): pg.Client {
  const client = new pg.Client(options);
  client.on("error", () => undefined);
  return client;
}

/** A server that starts, recovers or is being replaced; anything else will not pass by waiting. */
const passing = new Set([
  "PG_57P01", "PG_57P02", "PG_57P03", "ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT",
  "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH",
]);

/**
 * Waits until the server takes connections: a process may start before its database has recovered.
 * Throws DATABASE_UNREACHABLE after `patienceMs`, or at once what waiting cannot mend.
 */
export async function untilDatabaseAnswers(url: string, patienceMs = 120_000): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  for (let pauseMs = 50; ; pauseMs = Math.min(1_000, pauseMs * 2)) {
    const client = survivingClient({ connectionString: url, connectionTimeoutMillis: 10_000 });
    try {
      await client.connect();
      return;
    } catch (cause) {
      const code = codeOf(cause);
      const brokeOff = code === "INTERNAL"; // pg says this of a connection that just ended.
      if ((!passing.has(code) && !brokeOff) || performance.now() > giveUpAt) {
        const message = `the database does not let us in (${code})`;
        throw new JoineryError("DATABASE_UNREACHABLE", message, { reason: code }, { cause });
      }
    } finally {
      await client.end().catch(() => undefined);
    }
    await delay(pauseMs);
  }
}
