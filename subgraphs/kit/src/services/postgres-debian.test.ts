import { existsSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { silentLog } from "../log.js";
import { startPostgres, type PostgresServer } from "./postgres.js";
import { ask } from "./testing/ask.js";
import { fast } from "./testing/settings.js";
import { temporaryFolder } from "./testing/temporary-folder.js";

const binFolder = "/usr/lib/postgresql/15/bin";
let server: PostgresServer | undefined;
afterAll(() => server?.stop());

describe.skipIf(!existsSync(binFolder))("Debian's PostgreSQL 15", () => {
  it("runs the same way, and its clusters are not opened by another version", async () => {
    const options = { dataFolder: temporaryFolder(), log: silentLog, settings: fast };
    server = await startPostgres({ ...options, binFolder });
    expect(server.version).toMatch(/^15\./);
    const [facts] = await ask(
      server.url,
      "select datcollate as sorted, pg_encoding_to_char(encoding) as encoding " +
        "from pg_database where datname = current_database()",
    );
    expect(facts).toEqual({ sorted: "C", encoding: "UTF8" });
    await server.stop();
    await expect(startPostgres(options)).rejects.toMatchObject({
      code: "POSTGRES_VERSION_MISMATCH",
    });
  });
});
