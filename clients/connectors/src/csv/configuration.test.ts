import { expect, test } from "vitest";
import { csvKind } from "./csv-kind.js";

test("a good configuration has no problems", () => {
  expect(csvKind.validate({ path: "hr/people.csv", anchor: "id" })).toEqual([]);
});

test("all problems are reported at once, each with its setting", () => {
  const problems = csvKind.validate({
    path: "../people.csv",
    anchor: "",
    delimiter: ";;",
    quote: "\n",
    encoding: "ebcdic",
    header: false,
    colums: [],
    columns: [{ name: "a" }, { name: "a", type: "text" }, { name: "__proto__" }],
    members: { path: "m.csv", group: "g" },
    limits: { rowsMax: 0, bytes: 1 },
  });
  expect(problems.map((each) => each.setting)).toEqual(expect.arrayContaining([
    "path", "anchor", "delimiter", "quote", "encoding", "header", "colums", "columns.1.type",
    "columns.2.name", "members.member", "limits.rowsMax", "limits.bytes",
  ]));
  expect(problems.every((each) => each.message.length > 0)).toBe(true);
});

test("settings that contradict each other are named", () => {
  const problems = csvKind.validate({
    path: "people.csv", anchor: "id", delimiter: "'", quote: "'",
    createWhenMissing: true,
    columns: [{ name: "id", many: true }, { name: "b" }, { name: "b" }],
    enabled: { column: "s", true: ["1", "x"], false: ["0", "x"] },
    membersColumn: { column: "m" },
    groups: { path: "people.csv", anchor: "g", members: { path: "m", group: "g", member: "m" },
      membersColumn: { column: "m" } },
  });
  expect(problems.map((each) => each.setting).sort()).toEqual([
    "columns.0.many", "columns.2.name", "enabled.false", "groups.membersColumn", "groups.path",
    "mayBeEmpty", "membersColumn", "quote",
  ]);
});

test("what is no configuration at all is one problem of the whole", () => {
  for (const nothing of [undefined, null, "x", 3, []]) {
    expect(csvKind.validate(nothing)).toHaveLength(1);
  }
});
