import { describe, expect, test } from "vitest";
import type { ChangeBatch, Connector } from "../connector.js";
import { errorOf } from "../ldap/fixtures.js";
import { signal, testServers, type TestDatabase } from "./databases.fixture.js";
import { describeDatabase } from "./describe-database.fixture.js";

/** Follows one connector: each call tells what is new. */
class Follower {
  token: string;

  private readonly connector: Connector;

  private constructor(connector: Connector, token: string) {
    this.connector = connector;
    this.token = token;
  }

  static async of(connector: Connector): Promise<Follower> {
    const position = await connector.changes?.begin(signal);
    return new Follower(connector, position?.token ?? "");
  }

  /** Names of those told, and of those gone with why. */
  async next(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const batch of await this.report()) {
      if (batch.type === "objects") found.push(...batch.objects.map((object) => object.anchor));
      if (batch.type === "skips") found.push(...batch.skips.map((skip) => `skip ${skip.code}`));
      if (batch.type === "gone") {
        found.push(...batch.gone.map(({ anchor, because }) => `${because} ${anchor}`));
      }
    }
    return found.sort();
  }

  async report(): Promise<readonly ChangeBatch[]> {
    const batches: ChangeBatch[] = [];
    const { changes } = this.connector;
    for await (const batch of changes?.changes(this.token, { signal, batchSizeMax: 10 }) ?? []) {
      batches.push(batch);
      if (batch.type === "token") this.token = batch.token;
    }
    return batches;
  }
}

async function people(database: TestDatabase, changed: string): Promise<string> {
  const name = `t${Math.random().toString(36).slice(2)}`;
  await database.run(
    `create table ${name} (id int primary key, note varchar(20), changed ${changed})`,
  );
  return name;
}

describe.each(testServers)("changes of $name", (server) => {
  describeDatabase(server, (database) => {
    const isMysql = server.dialect === "mysql";
    const now = isMysql ? "utc_timestamp(6)" : "clock_timestamp()";
    const follow = async (table: string): Promise<Follower> => Follower.of(await database.connect({
      users: { table, anchor: "id", changes: { watermark: { column: "changed" } } },
    }));

    test("one-second watermarks lose changes of the same second", async () => {
      const table = await people(database, isMysql ? "timestamp null" : "timestamptz(0)");
      const second = isMysql ? "date_format(utc_timestamp(), '%Y-%m-%d %H:%i:%s')"
        : "date_trunc('second', clock_timestamp())";
      await database.run(`insert into ${table} values (1, 'a', ${second}), (2, 'a', ${second})`);
      const follower = await follow(table);
      await database.run(`update ${table} set note = 'b' where id = 1`);
      expect(await follower.next()).toEqual(["1"]);
      await database.run(`update ${table} set note = 'c' where id = 1`,
        `update ${table} set note = 'c' where id = 2`);
      expect(await follower.next()).toEqual(["1", "2"]);
      expect(await follower.next()).toEqual([]);
    });

    test("what was committed late is told, however early it began", async () => {
      const table = await people(database, isMysql ? "datetime(6)" : "timestamptz");
      await database.run(`insert into ${table} values (1, 'a', ${now}), (2, 'a', ${now})`);
      const follower = await follow(table);
      await database.run("begin", `update ${table} set note = 'b', changed = ${now} where id = 1`);
      const other = await follow(table);
      expect(await other.next()).toEqual([]);
      await database.run("commit", `update ${table} set note = 'b', changed = ${now} where id = 2`);
      expect(await other.next()).toEqual(["1", "2"]);
      expect(await follower.next()).toEqual(["1", "2"]);
    });

    test("DST gaps: a wall clock put back hides nothing, nor does a time to come", async () => {
      const table = await people(database, isMysql ? "datetime" : "timestamp");
      const wall = (hours: number): string => (isMysql
        ? `date_add(utc_timestamp(), interval ${hours} hour)`
        : `(clock_timestamp() at time zone 'UTC') + interval '${hours} hour'`);
      await database.run(
        `insert into ${table} values (1, 'a', ${wall(2)}), (2, 'a', ${wall(300)})`,
      );
      const follower = await follow(table);
      expect(await follower.next()).toEqual([]);
      await database.run(`update ${table} set note = 'b', changed = ${wall(1)} where id = 1`);
      expect(await follower.next()).toEqual(["1"]);
      await database.run(`update ${table} set note = 'c', changed = ${wall(-10)} where id = 2`);
      expect(await follower.next()).toEqual(["2"]);
      expect(await follower.next()).toEqual([]);
    });

    test("numbers that went back ask for a full read, and so do other settings", async () => {
      const table = await people(database, "bigint");
      await database.run(`insert into ${table} values (1, 'a', 9007199254740993)`);
      const follower = await follow(table);
      await database.run(`insert into ${table} values (2, 'a', 9007199254740994)`);
      expect(await follower.next()).toEqual(["2"]);
      await database.run(`delete from ${table} where id = 2`);
      const back = await errorOf(follower.report());
      expect(back).toMatchObject({ kind: "stop", code: "DELTA_TOKEN_REJECTED" });
      const other = await database.connect({ users: {
        table, anchor: "id", columns: [{ name: "note", required: true }],
        changes: { watermark: { column: "changed" } },
      } });
      const { token } = await follow(table);
      const found = await errorOf((async () => {
        for await (const _ of other.changes?.changes(token, { signal, batchSizeMax: 9 }) ?? []);
      })());
      expect(found).toMatchObject({ kind: "stop", code: "DELTA_TOKEN_REJECTED" });
    });

    test("a log tells who was deleted, who left the query, and rows that came late", async () => {
      const table = await people(database, "int");
      const log = `${table}_log`;
      const users = {
        query: `select id, note from ${table} where note <> 'hidden'`, anchor: "id",
        changes: {
          log: { table: log, sequence: "n", anchor: "who", operation: "what", deleted: ["gone"] },
        },
      };
      await database.run(`create table ${log} (n bigint primary key, who varchar(9), what text)`,
        `insert into ${table} values (1, 'a', 0), (2, 'a', 0), (3, 'a', 0), (4, 'a', 0)`,
        `insert into ${log} values (10, '1', 'new')`);
      const follower = await Follower.of(await database.connect({ users }));
      expect(await follower.next()).toEqual([]);
      await database.run(`update ${table} set note = 'hidden' where id = 2`,
        `delete from ${table} where id = 3`, `update ${table} set note = 'b' where id = 1`,
        `insert into ${log} values (12, '2', 'changed'), (13, '3', 'gone'), (14, '1', 'changed'),
          (15, 'nobody', 'changed')`);
      expect(await follower.next()).toEqual(
        ["1", "deleted 3", "outOfScope 2", "outOfScope nobody"]);
      // Its number was given before those that were seen already.
      await database.run(`insert into ${log} values (11, '4', 'changed')`);
      expect(await follower.next()).toEqual(["4"]);
      expect(await follower.next()).toEqual([]);
      await database.run(`delete from ${log} where n < 15`);
      expect(await follower.next()).toEqual([]);
      await database.run(`update ${log} set who = '1' where n = 15`);
      const restored = await errorOf(follower.report());
      expect(restored).toMatchObject({ kind: "stop", code: "DELTA_TOKEN_REJECTED" });
    });

    test("a log of members tells of groups whose members came or went, and of no others",
      async () => {
        const table = await people(database, isMysql ? "datetime(6)" : "timestamptz");
        const [inside, log] = [`${table}_in`, `${table}_log`];
        await database.run(`create table ${inside} (team int, who varchar(9))`,
          `create table ${log} (n bigint primary key, team int, what varchar(9))`,
          `insert into ${table} values (1, 'a', ${now}), (2, 'a', ${now}), (3, 'hidden', ${now})`,
          `insert into ${inside} values (1, 'ann'), (1, 'bob'), (2, 'ann'), (3, 'ann')`);
        const follower = await Follower.of(await database.connect({ groups: {
          query: `select * from ${table} where note <> 'hidden'`, anchor: "id",
          changes: { watermark: { column: "changed" } },
          members: { table: inside, group: "team", member: "who", changes: {
            log: { table: log, sequence: "n", anchor: "team", operation: "what" },
          } },
        } }));
        expect(await follower.next()).toEqual([]);
        await database.run(`insert into ${inside} values (1, 'cid')`,
          `delete from ${inside} where who = 'ann'`,
          `insert into ${log} values (1, 1, 'insert'), (2, 1, 'delete'), (3, 3, 'delete')`);
        const told = await follower.report();
        expect(told.filter(({ type }) => type !== "objects" && type !== "token")).toEqual([
          { type: "wholeMembers", groups: ["1"] },
          { type: "members", removed: [], added: [
            { group: "1", member: "bob" }, { group: "1", member: "cid" },
          ] },
          { type: "gone", gone: [{ anchor: "3", because: "outOfScope" }] },
        ]);
        expect(await follower.next()).toEqual([]);
        await database.run(`delete from ${inside}`, `insert into ${log} values (4, 2, 'delete')`);
        const emptied = await follower.report();
        expect(emptied.filter(({ type }) => type !== "objects" && type !== "token"))
          .toEqual([{ type: "wholeMembers", groups: ["2"] }]);
        await database.run(`delete from ${log} where n = 4`);
        const cut = await errorOf(follower.report());
        expect(cut).toMatchObject({ kind: "stop", code: "DELTA_TOKEN_REJECTED" });
      });

    test("a watermark that cannot grow is found before anything is read", async () => {
      const table = await people(database, "varchar(20)");
      const connector = await database.connect({
        users: { table, anchor: "id", changes: { watermark: { column: "changed" } } },
      });
      const error = await errorOf(connector.check(signal));
      expect(error).toMatchObject({ kind: "stop", code: "MISCONFIGURED" });
    });
  });
});
