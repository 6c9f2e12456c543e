import { inject } from "vitest";
import { startPostgres, type TestPostgres } from "./postgres.js";

/** The test run's own PostgreSQL where it brings one, else one for the calling file alone. */
export async function postgresForTests(): Promise<TestPostgres> {
  const provided = (inject as (key: string) => unknown)("postgresUrl");
  if (typeof provided === "string") return { url: provided, stop: () => Promise.resolve() };
  return startPostgres();
}
