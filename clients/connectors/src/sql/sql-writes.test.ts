import { describe, expect, test } from "vitest";
import type { Connector, ConnectorValue, ConnectorWrite, WriteResult } from "../connector.js";
import { errorOf } from "../ldap/fixtures.js";
import { readAll } from "../testing/read-all.js";
import { signal, testServers, type TestDatabase } from "./databases.fixture.js";
import { describeDatabase } from "./describe-database.fixture.js";

const write = async (
  connector: Connector, ...writes: readonly ConnectorWrite[]
): Promise<readonly WriteResult[]> => await connector.writes?.write(writes, signal) ?? [];

const create = (attributes: Readonly<Record<string, ConnectorValue>>, id = "c"): ConnectorWrite =>
  ({ operation: "create", id, kind: "user", attributes });

const update = (
  anchor: string, changes: Extract<ConnectorWrite, { operation: "update" }>["changes"],
): ConnectorWrite =>
  ({ operation: "update", id: "u", kind: "user", anchor, name: anchor, changes });

const codes = (results: readonly WriteResult[]): readonly string[] =>
  results.map((result) =>
    (result.ok ? (result.already === true ? "already" : "done") : result.code));

describe.each(testServers)("writing to $name", (server) => {
  describeDatabase(server, (database) => {
    const isMysql = server.dialect === "mysql";
    const users = { table: "people", anchor: "id", name: "login" };
    const rebuild = async (): Promise<Connector> => {
      await database.run(
        "drop table if exists people", "drop table if exists units",
        "create table units (id int primary key)", "insert into units values (1)",
        `create table people (id int primary key, login varchar(20) unique,
          badge varchar(20) unique,
          pay numeric(8,2), born date, at ${isMysql ? "timestamp(3) null" : "timestamptz(3)"},
          unit int references units (id), age int check (age > 0), note varchar(4), must int
          default 1 not null${isMysql ? ", foreign key (unit) references units (id)" : ""})`,
      );
      return database.connect({ users });
    };

    test("each refusal has the code that says whose fault it is, and shows no value", async () => {
      const connector = await rebuild();
      await write(connector, create({ id: 1, login: "ann", badge: "b1" }));
      const secret = "canary-77";
      const results = await write(connector,
        create({ id: 2, login: "ann" }, "name"), create({ id: 1, login: "x" }, "anchor"),
        create({ id: 3, login: "bob", badge: "b1" }, "badge"),
        create({ id: 4, login: secret.repeat(9) }, "long"), create({ id: 5, unit: 9 }, "reference"),
        create({ id: 6, age: -1 }, "check"), create({ id: 7, age: secret }, "type"),
        create({ id: 8, pay: "1.234" }, "rounded"), create({ id: 9, born: "2026-02-30" }, "day"),
        create({ id: 10, at: "2026-01-01T00:00:00.0005Z" }, "digits"),
        create({ id: "9999999999" }, "range"), create({ login: "none" }, "no anchor"),
        create({ badge: "none" }, "no key"), create({ id: 12, note: "a    " }, "spaces"),
        create({ id: 13, note: "\ud800" }, "half a sign"), create({ id: 14, note: "\0" }, "nul"),
        create({ id: 15, note: ["a", "b"] }, "several"),
        create({ id: 16, note: "😀😀😀😀" }, "fits"),
        update("1", { must: { after: null } }));
      const found = codes(results);
      expect(Object.fromEntries(results.map((result, at) => [result.id, found[at]]))).toEqual({
        name: "OBJECT_EXISTS", anchor: "OBJECT_EXISTS", badge: "VALUE_TAKEN",
        long: "VALUE_TOO_LARGE", reference: "VALUE_INVALID", check: "VALUE_INVALID",
        type: "VALUE_INVALID", rounded: "VALUE_INVALID", day: "VALUE_INVALID",
        digits: "VALUE_INVALID", range: "VALUE_INVALID", "no anchor": "VALUE_INVALID",
        "no key": "VALUE_INVALID", spaces: "VALUE_TOO_LARGE", "half a sign": "VALUE_INVALID",
        nul: "VALUE_INVALID", several: "VALUE_INVALID", fits: "done", u: "VALUE_INVALID",
      });
      expect(JSON.stringify(results)).not.toContain(secret);
      expect((await readAll(connector)).objects.map((each) => each.anchor)).toEqual(["1", "16"]);
      await connector.close();
    });

    test("before is compared as a value: spellings, nulls and clocks do not matter", async () => {
      const connector = await rebuild();
      await write(connector, create({ id: 1, pay: "1.5", at: "2026-01-01T01:00:00+01:00" }));
      expect(codes(await write(connector,
        update("1", { pay: { before: "01.50", after: "2" } }),
        update("1", { pay: { before: 2, after: "2.00" } }),
        update("1", { at: { before: "2026-01-01T00:00:00.000Z", after: null } }),
        update("1", { at: { before: "2026-01-01T00:00:00Z", after: "2026-07-01T00:00:00Z" } }),
        update("1", { at: { before: null, after: "2026-07-01T00:00:00.25Z" } }),
      ))).toEqual(["done", "already", "done", "OBJECT_CHANGED", "done"]);
      const [object] = (await readAll(connector)).objects;
      expect(object?.attributes).toMatchObject({ pay: "2.00", at: "2026-07-01T00:00:00.25Z" });
      await connector.close();
    });

    test("what somebody else changes at the same time is seen or waits", async () => {
      const connector = await rebuild();
      await write(connector, create({ id: 1, note: "0" }));
      const others = await Promise.all([1, 2, 3, 4].map(() => database.connect({ users })));
      // Each adds one to what it read; whoever came too late is told so.
      const outcomes = (await Promise.all(others.map(async (other) => {
        const found: string[] = [];
        for (let turn = 0; turn < 15; turn += 1) {
          const note = (await readAll(other)).objects[0]?.attributes["note"] as string;
          const after = String(Number(note) + 1);
          found.push(...codes(await write(other, update("1", { note: { before: note, after } }))));
        }
        return found;
      }))).flat();
      const [object] = (await readAll(connector)).objects;
      // `already`: somebody else wrote the same number.
      expect(outcomes.filter((code) => !["done", "already", "OBJECT_CHANGED"].includes(code)))
        .toEqual([]);
      expect(object?.attributes["note"]).toBe(
        String(outcomes.filter((code) => code === "done").length));
      for (const each of [connector, ...others]) await each.close();
    });

    test("a row that somebody holds is tried again, and nothing waits for ever", async () => {
      const connector = await rebuild();
      await write(connector, create({ id: 1, note: "0" }));
      const hasty = await database.connect({ users, timeouts: { answerMs: 1_000 } });
      await database.run("begin", "update people set note = 'held' where id = 1");
      const results = await write(hasty, update("1", { note: { after: "x" } }));
      expect(results).toMatchObject([{ ok: false, kind: "retry" }]);
      await database.run("rollback");
      expect(codes(await write(hasty, update("1", { note: { after: "x" } })))).toEqual(["done"]);
      await hasty.close();
      await connector.close();
    });

    test("our account's lack of a right fails the write alone", async () => {
      const connector = await rebuild();
      await write(connector, create({ id: 1 }));
      await using _rights = await restricted(database);
      const restrained = await database.connect({ users });
      const [denied] = await write(restrained, update("1", { note: { after: "x" } }));
      expect(denied).toMatchObject({ ok: false, kind: "skip", code: "PERMISSION_DENIED" });
      await restrained.close();
      await connector.close();
    });

    test("statements of the administrator's write, one row and what they name", async () => {
      await rebuild();
      const statements = {
        create: "insert into people (id, login, note) values (:id, lower(:login), :note)",
        update: "update people set login = :login, note = :note where id = :_anchor",
        delete: "update people set badge = 'left' where id = :_anchor -- kept",
      };
      const query = "select id, login, note, pay from people where badge is null";
      const connector = await database.connect({
        users: { query, anchor: "id", name: "login", statements },
      });
      const made = create({ id: 1, login: "Ann", note: "a':" }, "first");
      const found = await write(connector, made, made, create({ id: 2, login: "bob" }, "second"));
      expect(found).toMatchObject([
        { ok: true, object: { anchor: "1", name: "ann", attributes: { note: "a':" } } },
        // Lower case now, so it is not all that was asked for.
        { ok: false, code: "OBJECT_EXISTS" }, { ok: true },
      ]);
      expect(codes(await write(connector,
        update("1", { note: { before: "a':", after: "b" } }), update("1", { pay: { after: "1" } }),
        { operation: "delete", id: "d", kind: "user", anchor: "2", name: "bob" },
        { operation: "delete", id: "d", kind: "user", anchor: "2", name: "bob" },
      ))).toEqual(["done", "VALUE_INVALID", "done", "already"]);
      expect((await readAll(connector)).objects).toMatchObject([
        { anchor: "1", name: "ann", attributes: { note: "b" } },
      ]);
      await connector.close();
    });

    test("a statement that writes more than its row is undone, and everything stops", async () => {
      await rebuild();
      const connector = await database.connect({ users: {
        ...users, statements: { update: "update people set note = :note where id > 0 or id = :id" },
      } });
      await write(connector, create({ id: 1 }), create({ id: 2 }));
      const error = await errorOf(write(connector, update("1", { note: { after: "x" } })));
      expect(error).toMatchObject({ kind: "stop", code: "MISCONFIGURED" });
      const { objects } = await readAll(connector);
      expect(objects.every((object) => !("note" in object.attributes))).toBe(true);
      await connector.close();
    });

    test("a statement that names what is no column is found before any write", async () => {
      await rebuild();
      const connector = await database.connect({ users: {
        ...users, statements: { update: "update people set note = :nose where id = :_anchor" },
      } });
      const error = await errorOf(connector.check(signal));
      expect(error).toMatchObject({ kind: "stop", code: "MISCONFIGURED" });
      await connector.close();
    });
  });
});

/** Our account may only look, until this is disposed of. */
async function restricted(database: TestDatabase): Promise<AsyncDisposable> {
  const user = String(database.settings["user"]);
  const [revoke, grant, back] = database.dialect === "postgresql"
    ? [`revoke update on people from ${user}`, "select 1", `grant update on people to ${user}`]
    : [`revoke all on ${user}.* from ${user}@'%'`, `grant select on ${user}.* to ${user}@'%'`,
        `grant all on ${user}.* to ${user}@'%'`];
  await database.run(revoke, grant);
  return { [Symbol.asyncDispose]: async () => { await database.run(back); } };
}
