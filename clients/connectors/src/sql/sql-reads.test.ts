import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { errorOf } from "../ldap/fixtures.js";
import { readAll } from "../testing/read-all.js";
import { signal, testServers, type TestDatabase } from "./databases.fixture.js";
import { describeDatabase } from "./describe-database.fixture.js";

/** A table of its own for each test, its rows by plain statements. */
async function table(
  database: TestDatabase, columns: string, ...rows: readonly string[]
): Promise<string> {
  const name = `t${Math.random().toString(36).slice(2)}`;
  await database.run(`create table ${name} (${columns})`);
  if (rows.length > 0) await database.run(`insert into ${name} values ${rows.join(", ")}`);
  return name;
}

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `(${at + 1}, 'p${at + 1}')`);

describe.each(testServers)("reading from $name", (server) => {
  describeDatabase(server, (database) => {
    test("rows come in the database's own order on any page, none twice or left", async () => {
      const words = ["a", "A", "ä", "Ä", "b", "B", "_", "-", "z", "Z", "é", "e\u0301", "ß", "ss",
        "😀", " a", "a ", "10", "9", "ﬁ", "İ", "ı", "名", "\u{10ffff}"];
      const collation = database.dialect === "mysql" ? "collate utf8mb4_bin" : "";
      const users = {
        table: await table(database, `id varchar(20) ${collation}`,
          ...words.map((word) => `('${word}')`)),
        anchor: "id",
      };
      for (const pageSize of [1, 2, 5, 100]) {
        const connector = await database.connect({ users, pageSize });
        const { objects, skips, error } = await readAll(connector);
        expect(error).toBeUndefined();
        // MariaDB's binary order still pads: "a" and "a " are one to it.
        const found = [...objects, ...skips].map((each) => each.anchor);
        expect(found.sort()).toEqual([...words].sort());
        await connector.close();
      }
    });

    test("two objects sharing an anchor, in the eyes of the database, are nobody", async () => {
      const same = database.dialect === "mysql" ? ["('A')", "('a')", "('ä')"] : ["('a')", "('a')"];
      const users = {
        table: await table(database, "id varchar(20)", "('0')", ...same, "('z')"), anchor: "id",
      };
      for (const pageSize of [1, 2, 3, 10]) {
        const connector = await database.connect({ users, pageSize });
        const { objects, skips } = await readAll(connector);
        expect(objects.map((object) => object.anchor)).toEqual(["0", "z"]);
        expect(new Set(skips.map((skip) => skip.code))).toEqual(new Set(["ANCHOR_DUPLICATE"]));
        const spellings = database.dialect === "mysql" ? ["A", "a", "ä"] : ["a"];
        expect(skips.map((skip) => skip.anchor).sort()).toEqual(spellings);
        await connector.close();
      }
    });

    test("rows without an anchor are passed over, and nobody may be taken for gone", async () => {
      const users = {
        table: await table(database, "id bigint, login varchar(20)", "(null, 'lost')", "(1, 'a')"),
        anchor: "id", name: "login",
      };
      const { objects, skips } = await readAll(await database.connect({ users }));
      expect(objects.map((object) => object.anchor)).toEqual(["1"]);
      expect(skips).toMatchObject([{ object: "lost", code: "ANCHOR_MISSING" }]);
      expect(skips[0]).not.toHaveProperty("anchor");
    });

    test("64-bit anchors: neighbours beyond 2^53 are two, each written by itself", async () => {
      const anchors = ["-9223372036854775808", "9007199254740992", "9007199254740993",
        "9223372036854775806", "9223372036854775807"];
      const users = {
        table: await table(database, "id bigint primary key, login varchar(40)",
          ...anchors.map((anchor) => `(${anchor}, 'p${anchor}')`)),
        anchor: "id", name: "login",
      };
      const connector = await database.connect({ users, pageSize: 1 });
      const { objects } = await readAll(connector);
      expect(objects.map((object) => object.anchor)).toEqual(anchors);
      for (const { anchor, name } of objects) {
        const [result] = await connector.writes?.write([{
          operation: "update", id: "u", kind: "user", anchor, name,
          changes: { login: { before: name, after: `new ${anchor}` } },
        }], signal) ?? [];
        expect(result).toMatchObject({ ok: true, object: { anchor } });
      }
      // The same number in another spelling is nobody's anchor.
      const [other] = await connector.writes?.write([{
        operation: "delete", id: "d", kind: "user", anchor: "09007199254740993", name: "x",
      }], signal) ?? [];
      expect(other).toMatchObject({ ok: true, already: true });
      expect((await readAll(connector)).objects).toHaveLength(5);
      await connector.close();
    });

    test("a read is of one moment, whatever is written meanwhile", async () => {
      const name = await table(database, "id int primary key, login varchar(20)", ...numbered(50));
      const connector = await database.connect({
        users: { table: name, anchor: "id", name: "login" }, pageSize: 10,
      });
      const names: string[] = [];
      for await (const batch of connector.reads?.read({ signal, batchSizeMax: 10 }) ?? []) {
        if (batch.type !== "objects") continue;
        names.push(...batch.objects.map((object) => object.name));
        await database.run(`update ${name} set login = 'late' where id > 20`,
          `delete from ${name} where id = 45`,
          `insert into ${name} values (${1_000 + names.length}, 'x')`);
      }
      expect(names).toEqual(Array.from({ length: 50 }, (_, at) => `p${at + 1}`));
    });

    test("a server that ends the connection in the middle makes no whole read", async () => {
      const name = await table(database, "id int primary key, login varchar(20)", ...numbered(50));
      const connector = await database.connect({
        users: { table: name, anchor: "id" }, pageSize: 10,
      });
      let seen = 0;
      const reading = (async () => {
        for await (const batch of connector.reads?.read({ signal, batchSizeMax: 10 }) ?? []) {
          if (batch.type === "objects") seen += batch.objects.length;
          if (seen === 20) await killOthers(database);
        }
      })();
      const error = await errorOf(reading);
      expect(error).toMatchObject({ kind: "retry", code: "CONNECTOR_UNREACHABLE" });
      expect(seen).toBe(20);
      expect((await readAll(connector)).objects).toHaveLength(50);
    });

    test("a reader may take its time between two batches", async () => {
      const name = await table(database, "id int primary key, login varchar(20)", ...numbered(4));
      const connector = await database.connect({
        users: { table: name, anchor: "id" }, pageSize: 2, timeouts: { answerMs: 300 },
      });
      let seen = 0;
      for await (const batch of connector.reads?.read({ signal, batchSizeMax: 2 }) ?? []) {
        if (batch.type === "objects") seen += batch.objects.length;
        await sleep(1_300);
      }
      expect(seen).toBe(4);
    });

    test("success without a row is an error, unless it may be empty", async () => {
      const users = { table: await table(database, "id int primary key"), anchor: "id" };
      const { error } = await readAll(await database.connect({ users, mayBeEmpty: false }));
      expect(error).toMatchObject({ kind: "stop", code: "SOURCE_EMPTY" });
    });

    test("a query reads, and can neither write nor lose its end to a comment", async () => {
      const name = await table(database, "id int primary key, login varchar(20)", ...numbered(5));
      const query = `select id, login as nick from ${name} where id > 2 -- the later ones`;
      const connector = await database.connect({
        users: { query, anchor: "id", name: "nick" }, pageSize: 2,
      });
      const { objects } = await readAll(connector);
      expect(objects.map((object) => object.name)).toEqual(["p3", "p4", "p5"]);
      const [denied] = await connector.writes?.write([{
        operation: "delete", id: "d", kind: "user", anchor: "3", name: "p3",
      }], signal) ?? [];
      expect(denied).toMatchObject({ ok: false, code: "PERMISSION_DENIED" });
      await connector.close();
    });

    test("describe tells types, what is required and what names, from the catalogue", async () => {
      const isMysql = database.dialect === "mysql";
      const name = await table(database, `id ${isMysql ? "bigint auto_increment" : "bigserial"}
        primary key, login varchar(20) not null, age int, pay numeric(20,4), born date,
        at ${isMysql ? "timestamp null" : "timestamptz"},
        seen ${isMysql ? "datetime" : "timestamp"}, photo ${isMysql ? "blob" : "bytea"},
        works ${isMysql ? "tinyint(1)" : "boolean"},
        twice int generated always as (age * 2) stored`);
      const users = { table: name, anchor: "id", name: "login" };
      const connector = await database.connect({ users });
      const { user = [] } = await connector.reads?.describe(signal) ?? {};
      expect(user.map(({ name: attribute, type }) => [attribute, type])).toEqual([
        ["id", "integer"], ["login", "string"], ["age", "integer"], ["pay", "decimal"],
        ["born", "date"], ["at", "instant"], ["seen", "string"], ["photo", "binary"],
        ["works", "boolean"], ["twice", "integer"],
      ]);
      expect(user.filter((each) => each.required).map((each) => each.name)).toEqual(["login"]);
      expect(user.filter((each) => each.readOnly).map((each) => each.name)).toEqual(["twice"]);
      expect(user.filter((each) => each.naming).map((each) => each.name)).toEqual(["login"]);
      const login = user.find((each) => each.name === "login");
      expect(login?.caseIgnore).toBe(isMysql ? true : undefined);
    });
  });
});

/** Ends every connection of our account but the one that does it. */
async function killOthers(database: TestDatabase): Promise<void> {
  const { user } = database.settings;
  if (database.dialect === "postgresql") {
    await database.run(`select pg_terminate_backend(pid) from pg_stat_activity
      where usename = '${String(user)}' and pid <> pg_backend_pid()`);
    return;
  }
  const rows = await database.run(
    `select id from information_schema.processlist where user = '${String(user)}'`,
  );
  for (const { id } of rows) await database.run(`kill ${String(id)}`);
}
