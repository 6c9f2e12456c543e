import { afterAll, beforeAll, describe } from "vitest";
import type { TestDatabase, TestServer } from "./databases.fixture.js";

/** Tests on a database of their own; skipped with the reason where its server is missing. */
export function describeDatabase(
  server: TestServer, tests: (database: TestDatabase) => void,
): void {
  const reason = server.missing === undefined ? "" : ` (skipped: ${server.missing})`;
  describe.skipIf(server.missing !== undefined)(`a database${reason}`, () => {
    let opened: TestDatabase | undefined;
    const up = (): TestDatabase => {
      if (opened === undefined) throw new Error("the database is not up");
      return opened;
    };
    beforeAll(async () => { opened = await server.open(); });
    afterAll(async () => { await opened?.close(); });
    tests({
      dialect: server.dialect,
      get settings() { return up().settings; },
      run: (...statements) => up().run(...statements),
      connect: (settings) => up().connect(settings),
      close: () => up().close(),
    });
  });
}
