import { expect, test } from "vitest";
import { sqlKind } from "./sql-kind.js";

const good = {
  dialect: "postgresql", host: "db.example.org", database: "hr", user: "joinery",
  passwordSecret: "hr", users: { table: "hr.people", anchor: "id", name: "login" },
};

const settingsOf = (configuration: unknown): readonly string[] =>
  sqlKind.validate(configuration).map((each) => each.setting);

test("good configurations have no problems", () => {
  expect(sqlKind.validate(good)).toEqual([]);
  expect(sqlKind.validate({
    ...good, dialect: "mysql", host: "10.0.0.1", serverName: "db.example.org",
    users: {
      query: "select id, login from people -- all of them", anchor: "id",
      columns: [{ name: "mail", many: { table: "mails", owner: "person", value: "address" } }],
      enabled: { column: "left_on", true: null, false: ["1", 2] },
      statements: { update: "update people set login = :login where id = :_anchor" },
      changes: { watermark: { column: "changed" } },
    },
  })).toEqual([]);
});

test("all problems are reported at once, each with its setting", () => {
  expect(settingsOf({
    dialect: "oracle", host: "db example", port: 0, colums: 1,
    users: {
      table: "a.b.c", anchor: "", columns: [{ name: "a" }, { name: "b", type: "text" }],
      enabled: { column: "x" }, changes: { watermark: {} },
    },
    groups: { anchor: "id", members: { table: "m", group: "g" } },
    limits: { rowsMax: 0 },
  })).toEqual(expect.arrayContaining([
    "dialect", "host", "port", "colums", "database", "user", "passwordSecret", "users.table",
    "users.anchor", "users.columns.1.type", "users.enabled.true", "users.changes",
    "groups.members.member", "limits.rowsMax",
  ]));
});

test("settings that contradict each other are named", () => {
  expect(settingsOf({
    ...good, ca: "-----BEGIN CERTIFICATE-----", caSecret: "ca", allowPlain: true,
    users: {
      table: "people", query: "select 1; drop table people", anchor: "id",
      columns: [
        { name: "id", many: "json" }, { name: "b", timeZone: "Z" }, { name: "b" },
      ],
      enabled: { column: "s", true: ["1", "x"], false: ["0", "x"] },
      statements: { create: "insert into people values (1)", delete: "drop table people" },
      changes: { watermark: { column: "changed" } },
    },
    groups: { anchor: "id", members: { group: "g", member: "m" } },
  })).toEqual([
    "caSecret", "allowPlain", "users.query", "users.columns.0.many", "users.columns.1.type",
    "users.columns.2.name", "users.enabled.false", "users.query", "users.statements.create",
    "users.statements.delete", "groups.table", "groups.members.table", "groups.changes",
  ]);
  expect(settingsOf({ ...good, users: undefined })).toEqual(["users"]);
  expect(settingsOf({ ...good, dialect: "mysql", host: "10.0.0.1" })).toEqual(["serverName"]);
});

test("what is no configuration at all is one problem of the whole", () => {
  for (const nothing of [undefined, null, "x", 3, []]) {
    expect(sqlKind.validate(nothing)).toHaveLength(1);
  }
});

test("a log of members needs groups that tell what changed", () => {
  const log = { table: "l", sequence: "n", anchor: "team", operation: "what" };
  const members = { table: "m", group: "team", member: "who", changes: { log } };
  const groups = { table: "teams", anchor: "id", members };
  const problems = (more: object) =>
    settingsOf({ ...good, users: undefined, groups: { ...groups, ...more } });
  expect(problems({})).toEqual(["groups.changes"]);
  expect(problems({ changes: { log } })).toEqual([]);
});
