import { describe, expect, test } from "vitest";
import type { ConnectorScalar, ConnectorValue } from "../connector.js";
import { readAll } from "../testing/read-all.js";
import { signal, testServers } from "./databases.fixture.js";
import { describeDatabase } from "./describe-database.fixture.js";

interface Case {
  readonly type: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** As the database's own words → as we read it, and write it back. */
  readonly values: Readonly<Record<string, ConnectorValue>>;
  /** What cannot be kept and is refused. */
  readonly refused?: readonly ConnectorScalar[];
}

const sameInBoth: readonly Case[] = [
  { type: "smallint", values: { "-32768": -32768, "0": 0 }, refused: ["1.5", "x", true, "1e3"] },
  { type: "bigint", values: {
    "9007199254740991": 9007199254740991, "9007199254740993": "9007199254740993",
    "-9223372036854775808": "-9223372036854775808",
  } },
  { type: "numeric(38,10)", values: {
    "1234567890123456789012345678.0123456789": "1234567890123456789012345678.0123456789",
    "-0.0000000001": "-0.0000000001",
  }, refused: ["0.00000000001", "NaN", "1e5"] },
  { type: "date", values: { "'2024-02-29'": "2024-02-29", "'0001-01-01'": "0001-01-01",
    "'9999-12-31'": "9999-12-31" }, refused: ["2023-02-29", "2024-02-29T00:00:00Z", "29.2.2024"] },
  { type: "char(5)", values: { "'ab'": "ab", "'ab cd'": "ab cd" }, refused: ["abcdef"] },
  { type: "time", values: { "'23:59:59'": "23:59:59" } },
  { type: "bigint", settings: { type: "reference" }, values: { "42": "42" },
    refused: ["x", "042x"] },
  { type: "varchar(30)", settings: { type: "integer" }, values: { "'12'": 12 }, refused: ["x"] },
  { type: "varchar(30)", settings: { type: "date" }, values: { "'2024-02-29'": "2024-02-29" } },
  { type: "smallint", settings: { type: "boolean" }, values: { "1": true, "0": false } },
  { type: "numeric(20,0)", settings: { type: "integer" },
    values: { "12345678901234567890": "12345678901234567890" } },
  { type: "text", settings: { many: { separator: "|" } }, values: { "'a|b'": ["a", "b"] },
    refused: ["a|b"] },
  { type: "text", settings: { many: "json", type: "integer" },
    values: { "'[1,9007199254740993]'": [1, "9007199254740993"] } },
  { type: "text", settings: { many: "json" }, values: { "'[\"a\",\"ü, b\"]'": ["a", "ü, b"] } },
];

const cases: Readonly<Record<string, readonly Case[]>> = {
  postgresql: [
    ...sameInBoth,
    { type: "boolean", values: { true: true, false: false }, refused: ["x", "true", 1] },
    { type: "real", values: {
      "0.1": "0.1", "16777216": "16777216", "1e-20": "0.00000000000000000001",
    } },
    { type: "double precision", values: {
      "0.1": "0.1", "1e20": "100000000000000000000", "-1.5e-7": "-0.00000015",
      "1.7976931348623157e308": `17976931348623157${"0".repeat(292)}`,
    } },
    { type: "numeric", values: { "1.50": "1.50", "1e-5": "0.00001" } },
    { type: "timestamptz", values: {
      "'2024-03-31 01:30:00.123456+01'": "2024-03-31T00:30:00.123456Z",
      "'2024-10-27 02:30:00+02'": "2024-10-27T00:30:00Z",
    }, refused: ["2024-01-01T00:00:00.1234567Z", "2024-01-01T00:00:00", "2024-13-01T00:00:00Z"] },
    { type: "timestamp", values: { "'2024-03-31 02:30:00.5'": "2024-03-31T02:30:00.5" },
      refused: ["2024-03-31T02:30:00Z"] },
    { type: "timestamp", settings: { type: "instant", timeZone: "+01:00" },
      values: { "'2024-03-31 02:30:00.123456'": "2024-03-31T02:30:00.123456+01:00" } },
    { type: "bytea", values: { "'\\x00ff27'": "AP8n" }, refused: ["AP8n=", "%"] },
    { type: "uuid", values: { "'123E4567-e89b-12d3-a456-426614174000'":
      "123e4567-e89b-12d3-a456-426614174000" }, refused: ["123e4567"] },
    { type: "jsonb", values: { "'{\"a\": 12345678901234567890}'": "{\"a\": 12345678901234567890}" },
      refused: ["{"] },
    { type: "json", values: { "'{\"b\":1,  \"a\":[ ]}'": "{\"b\":1,  \"a\":[ ]}" } },
    { type: "mood", values: { "'it''s fine'": "it's fine" }, refused: ["other"] },
    { type: "nickname", values: { "'ann'": "ann" }, refused: ["much too long"] },
    { type: "text[]", values: { "array['a,b','{c}','\"d\\']": ["a,b", "{c}", "\"d\\"] } },
    { type: "bigint[]", values: { "array[1,9007199254740993]": [1, "9007199254740993"] } },
    { type: "boolean[]", values: { "array[true,false]": [true, false] } },
    { type: "interval", values: { "'1 day'": "P1D" } },
    { type: "inet", values: { "'10.0.0.1/8'": "10.0.0.1/8" } },
  ],
  mysql: [
    ...sameInBoth,
    { type: "tinyint(1)", values: { "1": true, "0": false }, refused: ["x", 2] },
    { type: "bit(1)", values: { "b'1'": true, "b'0'": false } },
    { type: "bigint unsigned", values: { "18446744073709551615": "18446744073709551615" },
      refused: [-1, "18446744073709551616"] },
    { type: "float", values: { "0.1": "0.1", "16777216": "16777216" } },
    { type: "double", values: { "0.1": "0.1", "1e20": "100000000000000000000" } },
    { type: "timestamp(6) null", values: {
      "'2024-03-31 00:30:00.123456'": "2024-03-31T00:30:00.123456Z" },
      refused: ["2024-01-01T00:00:00", "2024-13-01T00:00:00Z"] },
    { type: "datetime(6)", values: { "'2024-03-31 02:30:00.500000'": "2024-03-31T02:30:00.5" },
      refused: ["2024-03-31T02:30:00Z"] },
    { type: "datetime", settings: { type: "instant", timeZone: "Z" },
      values: { "'2024-03-31 02:30:00'": "2024-03-31T02:30:00Z" } },
    { type: "blob", values: { "x'00ff27'": "AP8n" }, refused: ["AP8n="] },
    { type: "binary(3)", values: { "x'00ff27'": "AP8n" }, refused: ["AP8nAA=="] },
    { type: "enum('a','it''s')", values: { "'it''s'": "it's" }, refused: ["b"] },
    { type: "json", values: { "'{\"a\": 12345678901234567890}'": "{\"a\": 12345678901234567890}" },
      refused: ["{"] },
    { type: "year", values: { "2024": 2024 } },
    { type: "text character set latin1", values: { "'é'": "é" }, refused: ["名"] },
    { type: "text character set utf8mb3", values: { "'名'": "名" }, refused: ["😀"] },
  ],
};

describe.each(testServers)("types of $name", (server) => {
  describeDatabase(server, (database) => {
    test.each(cases[server.dialect] as readonly Case[])(
      "$type is read as it is, written back the same, or refused: $settings",
      async ({ type, settings, values, refused = [] }) => {
        const name = `t${Math.random().toString(36).slice(2)}`;
        if (database.dialect === "postgresql") {
          await database.run(
            "drop type if exists mood cascade", "create type mood as enum ('it''s fine')",
            "drop domain if exists nickname cascade", "create domain nickname as varchar(5)",
          );
        }
        await database.run(`create table ${name} (id int primary key, v ${type})`);
        const rows = Object.entries(values);
        for (const [at, [text]] of rows.entries()) {
          await database.run(`insert into ${name} values (${at}, ${text})`);
        }
        const connector = await database.connect({
          users: { table: name, anchor: "id", columns: [{ name: "v", ...settings }] },
        });
        const { objects, skips } = await readAll(connector);
        expect(skips).toEqual([]);
        const expected = rows.map(([, value]) => value);
        expect(objects.map((object) => object.attributes["v"])).toEqual(expected);
        const isMany = Array.isArray(rows[0]?.[1]);
        const made = await connector.writes?.write(objects.map(({ attributes }, at) => ({
          operation: "create", id: `c${at}`, kind: "user",
          attributes: { ...attributes, id: 100 + at },
        })), signal) ?? [];
        expect(made.map((result) => (result.ok ? result.object?.attributes["v"] : result)))
          .toEqual(expected);
        const same = database.dialect === "mysql" ? "<=>" : "is not distinct from";
        const asText = /json/.test(type) && database.dialect === "postgresql" ? "::text" : "";
        const [{ n = 0 } = {}] = await database.run(
          `select count(*) as n from ${name} a join ${name} b on b.id = a.id + 100
           where a.v${asText} ${same} b.v${asText}`,
        );
        expect(Number(n)).toBe(rows.length);
        for (const [at, value] of refused.entries()) {
          const results = await connector.writes?.write([{
            operation: "create", id: `r${at}`, kind: "user",
            attributes: { id: 1_000 + at, v: isMany ? [value] : value },
          }], signal);
          expect(results, String(value)).toMatchObject([{ ok: false, kind: "skip" }]);
        }
        await connector.close();
      },
    );
  });
});

test("dates of nobody's calendar pass the row over, and a zero date is no value", async () => {
  for (const server of testServers) {
    if (server.missing !== undefined) continue;
    const database = await server.open();
    const isMysql = server.dialect === "mysql";
    await database.run("create table people (id int primary key, born date)",
      ...(isMysql ? ["set session sql_mode = ''"] : []),
      `insert into people values (1, ${isMysql ? "'0000-00-00'" : "null"}), (2, '2024-01-01')`);
    if (!isMysql) {
      await database.run("insert into people values (3, 'infinity'), (4, '0044-03-15 BC')");
    }
    const connector = await database.connect({ users: { table: "people", anchor: "id" } });
    const { objects, skips } = await readAll(connector);
    expect(objects.map((object) => object.attributes["born"])).toEqual([undefined, "2024-01-01"]);
    expect(skips.map((skip) => [skip.anchor, skip.code])).toEqual(
      isMysql ? [] : [["3", "VALUE_INVALID"], ["4", "VALUE_INVALID"]]);
    await connector.close();
    await database.close();
  }
});
