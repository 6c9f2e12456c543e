import { expect, test } from "vitest";
import { sqlFormats } from "../../values/sql-formats.js";
import { cellOf } from "./sqlserver-driver.js";
import { formed, keepsText } from "./sqlserver-types.js";

const described = { length: -1, precision: 18, scale: 4 };
const same = "c";

/** Type, what it is to us, how it is selected, how a bound text becomes one. */
test.each([
  ["bit", "boolean", same, "convert(bit, @p1)"],
  ["tinyint", "integer", same, "convert(bigint, @p1)"],
  ["smallint", "integer", same, "convert(bigint, @p1)"],
  ["int", "integer", same, "convert(bigint, @p1)"],
  ["bigint", "integer", "convert(nvarchar(20), c)", "convert(bigint, @p1)"],
  ["decimal", "decimal", "convert(nvarchar(41), c)", "convert(decimal(18, 4), @p1)"],
  ["numeric", "decimal", "convert(nvarchar(41), c)", "convert(decimal(18, 4), @p1)"],
  ["money", "decimal", "convert(nvarchar(41), c, 2)", "convert(money, @p1)"],
  ["smallmoney", "decimal", "convert(nvarchar(41), c, 2)", "convert(money, @p1)"],
  ["float", "decimal", same, "convert(float, @p1)"],
  ["real", "decimal", same, "convert(real, @p1)"],
  ["char", "string", same, "@p1"], ["nchar", "string", same, "@p1"],
  ["varchar", "string", same, "@p1"], ["nvarchar", "string", same, "@p1"],
  ["text", "string", same, "@p1"], ["ntext", "string", same, "@p1"],
  ["xml", "string", "convert(nvarchar(max), c)", "@p1"],
  ["date", "date", "convert(nvarchar(10), c, 23)", "convert(date, @p1, 23)"],
  ["time", "string", "convert(nvarchar(16), c, 121)", "convert(time(7), @p1, 121)"],
  ["datetime", "string", "convert(nvarchar(23), c, 121)", "convert(datetime, @p1, 121)"],
  ["smalldatetime", "string", "convert(nvarchar(23), c, 121)", "convert(smalldatetime, @p1, 121)"],
  ["datetime2", "string", "convert(nvarchar(27), c, 121)", "convert(datetime2(7), @p1, 121)"],
  ["datetimeoffset", "instant",
    "convert(nvarchar(27), convert(datetime2(7), switchoffset(c, '+00:00')), 121)",
    "todatetimeoffset(convert(datetime2(7), @p1, 121), 0)"],
  ["uniqueidentifier", "string", same, "convert(uniqueidentifier, @p1)"],
  ["varbinary", "binary", same, "convert(varbinary(max), @p1)"],
  ["binary", "binary", same, "convert(varbinary(max), @p1)"],
  ["image", "binary", same, "convert(varbinary(max), @p1)"],
  ["timestamp", "binary", same, "convert(varbinary(max), @p1)"],
])("%s is %s", (type, ours, selected, written) => {
  const column = formed({ type, ...described });
  expect(column.format === undefined ? undefined : sqlFormats[column.format].type).toBe(ours);
  expect(column.selectedAs?.("c") ?? "c").toBe(selected);
  expect(column.writtenCast?.("@p1") ?? "@p1").toBe(written);
  // Bytes go as bytes where they are compared, all others as they are written.
  expect(column.cast?.("@p1") ?? "@p1").toBe(ours === "binary" ? "@p1" : written);
});

const others = ["geometry", "hierarchyid", "sql_variant", "unknown", "json"];
test.each(others)("%s is left out", (type) => {
  expect(formed({ type, ...described }).format).toBeUndefined();
});

test.each([
  ["nvarchar", 100, { lengthMax: 50 }], ["varchar", 100, { lengthMax: 100 }],
  ["nvarchar", -1, {}], ["varbinary", 16, { lengthMax: 16 }], ["money", 8, { digitsMax: 4 }],
  ["datetime2", 8, { digitsMax: 4 }], ["datetime", 8, { digitsMax: 3 }], ["text", 16, {}],
  ["smalldatetime", 4, { digitsMax: 0 }], ["int", 4, {}],
])("%s of %i bytes has the bounds %o", (type, length, bounds) => {
  const { lengthMax, digitsMax } = formed({ type, ...described, length });
  expect(JSON.parse(JSON.stringify({ lengthMax, digitsMax }))).toEqual(bounds);
});

/** What the server would change without a word, and what it keeps. */
test.each<readonly [string, number | undefined, string, boolean]>([
  ["varchar", 1252, "Zoë – 5 €", true], ["varchar", 1252, "名前", false],
  ["varchar", 1252, "Łódź", false], ["varchar", 1250, "Łódź", true],
  ["char", 932, "名前", true], ["text", 1252, "👩‍👩‍👧‍👦", false],
  ["varchar", 65_001, "👩‍👩‍👧‍👦", true],
  ["varchar", 4_711, "plain", true], ["varchar", 4_711, "é", false],
  ["nvarchar", 1252, "名前", true],
  ["datetime", undefined, "2026-11-21 10:00:00", true],
  ["datetime", undefined, "2026-11-21 10:00:00.12", true],
  ["datetime", undefined, "2026-11-21 10:00:00.123", true],
  ["datetime", undefined, "2026-11-21 10:00:00.124", false],
  ["smalldatetime", undefined, "2026-11-21 10:01:00", true],
  ["smalldatetime", undefined, "2026-11-21 10:01:29", false],
  ["datetime2", undefined, "2026-11-21 10:00:00.1234567", true],
])("%s of code page %s and %s: kept is %s", (type, codePage, text, isKept) => {
  expect(keepsText(type, codePage)?.(text) ?? true).toBe(isKept);
});

test.each<readonly [string, number | undefined, unknown, string | Buffer | null]>([
  ["IntN", 4, 7, "7"], ["BitN", 1, true, "1"], ["Bit", undefined, false, "0"],
  ["BigInt", undefined, "9223372036854775807", "9223372036854775807"],
  ["FloatN", 8, 0.1, "0.1"], ["FloatN", 4, Math.fround(0.1), "0.1"],
  ["Real", undefined, Math.fround(16_777_217), "16777216"],
  ["VarBinary", 8, Buffer.from([0, 255]), Buffer.from([0, 255])], ["NVarChar", 10, null, null],
])("%s of %s bytes with %s comes as text or bytes", (name, dataLength, value, cell) => {
  expect(cellOf({ value, metadata: { colName: "c", type: { name }, dataLength } })).toEqual(cell);
});
