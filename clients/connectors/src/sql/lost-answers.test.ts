import { describe, expect, test } from "vitest";
import type { ConnectorWrite, WriteResult } from "../connector.js";
import { loseAnswers } from "../losing-proxy.fixture.js";
import { signal, testServers, type TestDatabase } from "./databases.fixture.js";
import { describeDatabase } from "./describe-database.fixture.js";

/** How a client says COMMIT on the wire. */
const commits = { postgresql: "commit\0", mysql: "\u0003commit" } as const;
const turns = 167;

/** Ways in which a create is found again, each with a table that has no other. */
const ways = [
  { name: "a unique name", more: {}, unique: "login varchar(80) not null unique" },
  { name: "a name that nothing keeps unique", more: {}, unique: "login varchar(80)" },
  { name: "our id", more: { idColumn: "made_by" }, unique: "login varchar(80)" },
];

function countOf(database: TestDatabase): () => (data: Buffer) => number {
  const word = Buffer.from(commits[database.dialect]);
  return () => (data) => (data.includes(word) ? 1 : 0);
}

describe.each(testServers)("$name loses answers", (server) => {
  describeDatabase(server, (database) => {
    test.each(ways)(
      `${turns} times, and each create leaves exactly one row, known by $name`,
      async ({ more, unique }) => {
        const id = database.dialect === "mysql" ? "bigint auto_increment primary key"
          : "bigint generated always as identity primary key";
        await database.run("drop table if exists lost",
          `create table lost (id ${id}, ${unique}, made_by varchar(80))`);
        const users = { table: "lost", anchor: "id", name: "login", ...more };
        const losses = await loseMany(database, users);
        expect(losses).toBe(turns);
        const [{ rows = 0, names = 0 } = {}] = await database.run(
          "select count(*) as \"rows\", count(distinct login) as \"names\" from lost"
            .replaceAll('"', database.dialect === "mysql" ? "`" : '"'),
        );
        expect(Number(names)).toBe(2 * turns);
        expect(Number(rows)).toBe(Number(names));
      },
      60_000,
    );
  });
});

/**
 * Of each two creates one COMMIT goes without its answer: it is done, and the line is cut; or the
 * line is cut, and it is done later. Returns how many answers were lost.
 */
async function loseMany(
  database: TestDatabase, users: Readonly<Record<string, unknown>>,
): Promise<number> {
  await using proxy = await loseAnswers({
    target: { host: "127.0.0.1", port: database.settings.port },
    requests: countOf(database),
    fate: (number) => (number % 2 === 1 ? undefined : number % 4 === 0 ? "cut" : "late"),
  });
  const sound = await database.connect({ users });
  const shaky = await database.connect({ users, port: proxy.port, connectionsMax: 2 });
  for (let turn = 0; turn < turns; turn += 1) {
    const writes = [0, 1].map((at): ConnectorWrite => ({
      operation: "create", id: `c-${turn}-${at}`, kind: "user",
      attributes: { login: `p-${turn}-${at}` },
    }));
    const first = await shaky.writes?.write(writes, signal) ?? [];
    const open = writes.filter((_, at) => first[at]?.ok !== true);
    expect(codesOf(first)).toEqual(["CONNECTOR_UNREACHABLE"]);
    const second = await sound.writes?.write(open, signal) ?? [];
    expect(second).toMatchObject([{ ok: true, already: true }]);
  }
  await shaky.close();
  await sound.close();
  return proxy.losses;
}

/** The codes of what failed; each of them asks to be tried again. */
function codesOf(results: readonly WriteResult[]): readonly string[] {
  return results.flatMap((result) => {
    if (result.ok) return [];
    expect(result.kind).toBe("retry");
    return [result.code];
  });
}
