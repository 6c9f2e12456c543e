import { describe, expect, test } from "vitest";
import type { ConnectorObject, ConnectorWrite } from "../connector.js";
import { hostileSql } from "../testing/hostile-sql.fixture.js";
import { readAll } from "../testing/read-all.js";
import { signal, testServers } from "./databases.fixture.js";
import { describeDatabase } from "./describe-database.fixture.js";

const payloads = hostileSql;

describe.each(testServers)("hostile texts in $name", (server) => {
  describeDatabase(server, (database) => {
    test(`${payloads.length} payloads as anchors, names, values and members are data`, async () => {
      const quote = database.dialect === "mysql" ? "`" : "\"";
      const hostile = `we${quote}ird'; drop table people; --`;
      const column = quote + hostile.replaceAll(quote, quote + quote) + quote;
      const exact = database.dialect === "mysql" ? "character set utf8mb4 collate utf8mb4_bin" : "";
      await database.run(
        `create table people (id varchar(200) ${exact} primary key, login varchar(200) ${exact},
          note text, ${column} text)`,
        `create table teams (id varchar(200) ${exact} primary key, login text ${exact})`,
        `create table members (team varchar(200) ${exact}, person varchar(200) ${exact})`,
      );
      const connector = await database.connect({
        pageSize: 7,
        users: { table: "people", anchor: "id", name: "login" },
        groups: {
          table: "teams", anchor: "id", name: "login",
          members: { table: "members", group: "team", member: "person" },
        },
      });
      const write = async (writes: readonly ConnectorWrite[]) => {
        const results = await connector.writes?.write(writes, signal) ?? [];
        expect(results.filter((result) => !result.ok)).toEqual([]);
        return results.map((result) => (result.ok ? result.object : undefined));
      };
      const valuesOf = (text: string) => ({ id: text, login: text, note: text, [hostile]: text });
      const made = await write(payloads.map((text, at) => ({
        operation: "create", id: `c${at}`, kind: "user", attributes: valuesOf(text),
      })));
      expect(made.map((object) => object?.attributes)).toEqual(payloads.map(valuesOf));
      expect(made.map((object) => object?.anchor)).toEqual(payloads);
      await write(payloads.map((text, at) => ({
        operation: "create", id: `g${at}`, kind: "group", attributes: { id: text, login: text },
      })));
      await write(payloads.map((text, at) => ({
        operation: "members", id: `m${at}`, anchor: text, name: text, add: [text], remove: [],
      })));
      const changed = await write((made as ConnectorObject[]).map(({ anchor, name }, at) => ({
        operation: "update", id: `u${at}`, kind: "user", anchor, name,
        changes: { note: { before: anchor, after: `${payloads[at + 1] ?? ""}!` } },
      })));
      const read = await readAll(connector);
      expect(read.skips).toEqual([]);
      expect(new Set(read.objects.filter((object) => object.kind === "user")))
        .toEqual(new Set(changed));
      expect(new Set(read.members.map(({ group, member }) => `${group}\n${member}`)))
        .toEqual(new Set(payloads.map((text) => `${text}\n${text}`)));
      await write(payloads.map((text, at) => ({
        operation: "delete", id: `d${at}`, kind: "user", anchor: text, name: text,
      })));
      expect((await readAll(connector)).objects.length).toBe(payloads.length);
      await connector.close();
    }, 60_000);
  });
});
