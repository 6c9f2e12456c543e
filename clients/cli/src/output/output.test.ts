import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { printable, printableJson } from "./printable.js";
import { makeStyle, plainStyle } from "./style.js";
import { pairs, table } from "./table.js";
import { counted, shownDuration, shownTime, shownValue } from "./words.js";

describe("text of others", () => {
  test.each([
    ["\u001b[2J", "\\u001b[2J"],
    ["a\nb\r\tc\u0000", "a\\u000ab\\u000d\\u0009c\\u0000"],
    ["\u009b31m", "\\u009b31m"],
    ["user\u202egnp.exe", "user\\u202egnp.exe"],
    ["line\u2028paragraph\u2029", "line\\u2028paragraph\\u2029"],
    ["Ångström 名 👩‍🚀", "Ångström 名 👩‍🚀"],
  ])("%j cannot do anything to a terminal", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test("in JSON is as harmless, and still the same text", () => {
    const value = { name: "\u001b[2J\u009b31m\u202e\u007f\u2028" };
    const text = printableJson(value);
    expect(text).not.toMatch(/[^\x20-\x7e]/);
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe("values", () => {
  test.each([
    [null, "–"],
    [undefined, "–"],
    ["", '""'],
    ["a", "a"],
    [["a", "b"], "a, b"],
    [[], "[]"],
    [false, "false"],
    [12, "12"],
    [{ ref: "e-1" }, "→ e-1"],
    [{ a: 1 }, '{"a":1}'],
    ["a\u001b", "a\\u001b"],
  ])("%j is shown as %s", (value, shown) => expect(shownValue(value)).toBe(shown));

  test.each([
    ["2026-11-21T07:44:12.345Z", "2026-11-21 07:44:12Z"],
    [null, "–"],
    ["soon", "soon"],
  ])("the time %j is shown as %s", (at, shown) => expect(shownTime(at)).toBe(shown));

  test.each([
    [400, "0.4 s"],
    [12_400, "12 s"],
    [200_000, "3 min 20 s"],
    [7_500_000, "2 h 5 min"],
  ])("%i ms are shown as %s", (ms, shown) => expect(shownDuration(ms)).toBe(shown));

  test("numbers are grouped and nouns agree", () => {
    expect([counted(1, "group"), counted(1_234, "group"), counted(2, "person", "people")]).toEqual([
      "1 group",
      "1,234 groups",
      "2 people",
    ]);
  });
});

describe("a table", () => {
  const rows = [
    { name: "名前", n: 5 },
    { name: "Ada", n: 12_000 },
  ];
  const columns = [
    { title: "NAME", of: ({ name }: { name: string }) => name },
    { title: "N", of: ({ n }: { n: number }) => String(n), align: "right" as const },
    { title: "LAST", of: () => "x" },
  ];

  test("has its columns in line whatever the script", () => {
    const lines = table(columns, rows, plainStyle);
    expect(lines).toEqual(["NAME      N  LAST", "名前      5  x", "Ada   12000  x"]);
    expect(new Set(lines.slice(1).map((line) => stringWidth(line))).size).toBe(1);
  });

  test("is as wide with colours as without", () => {
    const style = makeStyle(true);
    const painted = columns.map((column) => ({ ...column, paint: style.bad }));
    const lines = table(painted, rows, style);
    expect(lines.join("")).toContain("\u001b[31m");
    expect(lines.map((line) => stringWidth(line))).toEqual(
      table(columns, rows, plainStyle).map((line) => stringWidth(line)),
    );
  });

  test("pairs line up too", () => {
    expect(
      pairs(
        [
          ["a", "1"],
          ["名", "2"],
          ["abc", ""],
        ],
        plainStyle,
      ),
    ).toEqual(["a    1", "名   2", "abc"]);
  });
});
