import type { SqlSession } from "./session.js";

/**
 * All of it or nothing. When the answer to COMMIT is lost nobody knows which: that throws the
 * retry of a broken line, and whoever tries again looks first.
 */
export async function inTransaction<T>(
  session: SqlSession, begin: readonly string[], use: () => Promise<T>,
): Promise<T> {
  try {
    for (const text of begin) await session.control(text, "write");
    const result = await use();
    await session.control("commit", "write");
    return result;
  } catch (error) {
    if (!session.isBroken) {
      try {
        await session.control(session.dialect.rollback, "write");
      } catch (undone) {
        // Whoever uses this connection next must not find half a transaction.
        session.fail(undone);
      }
    }
    throw error;
  }
}
