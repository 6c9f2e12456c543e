import { describe, expect, test } from "vitest";
import { patternDigest, patternOf } from "./pattern.js";

const update = (before: object, after: object, because: string[] = ["mapper"]) => patternOf({
  operation: "update", kind: "user", because,
  before: before as Record<string, unknown>, after: after as Record<string, unknown>,
});

describe("patterns of a plan", () => {
  test.each([
    ["nothing before", null, "Sales", "set", null, null],
    ["an empty text before", "", "Sales", "set", null, null],
    ["nothing after", "Sales", null, "cleared", null, null],
    ["another case", "SALES", "Sales", "case", null, null],
    ["other spaces", "Head  of IT", "Head of IT", "spacing", null, null],
    ["another mail domain", "ada@old.test", "ada@new.test", "domain", "old.test", "new.test"],
    ["another mailbox", "ada@old.test", "ada.l@new.test", "changed", null, null],
    ["a domain without a name before it", "@old.test", "@new.test", "changed", null, null],
    ["another text", "Sales", "Research", "changed", null, null],
    ["lists", ["a"], ["a", "b"], "changed", null, null],
    ["a state", true, false, "changed", "true", "false"],
    ["a state that was none", null, true, "changed", null, "true"],
  ])("%s: %j to %j is %s", (_title, before, after, change, from, to) => {
    expect(update({ name: before }, { name: after }).changes).toEqual([
      { attribute: "name", change, from, to },
    ]);
  });

  test("4,213 people whose mail domain changes are one pattern, told without their names", () => {
    const all = Array.from({ length: 4_213 }, (_, at) =>
      update({ mail: `p${at}@old.test` }, { mail: `p${at}@new.test` }));
    expect(new Set(all.map((each) => patternDigest(each).toString("hex"))).size).toBe(1);
    expect(JSON.stringify(all[0])).not.toContain("p0@");
  });

  test("what another mapper produced, or what has other attributes, is another pattern", () => {
    const digests = [
      update({ a: "1" }, { a: "2" }), update({ a: "1" }, { a: "2" }, ["other"]),
      update({ b: "1" }, { b: "2" }), update({ a: "1", b: "1" }, { a: "2", b: "2" }),
      update({ a: "x@a.test" }, { a: "x@b.test" }), update({ a: "x@a.test" }, { a: "x@c.test" }),
    ].map((each) => patternDigest(each).toString("hex"));
    expect(new Set(digests).size).toBe(digests.length);
  });

  test("creates and deletes are one pattern each whatever attributes they have", () => {
    const make = (operation: string, after: Record<string, unknown>) => patternOf({
      operation, kind: "user", before: {}, after, because: [],
    });
    expect(make("create", { a: "1" })).toEqual(make("create", { b: "2" }));
    expect(make("create", {})).not.toEqual(make("delete", {}));
  });

  test("memberships tell whether members come, go or both", () => {
    const members = (add: string[], remove: string[]) => patternOf({
      operation: "members", kind: "group", before: {}, after: { add, remove }, because: [],
    }).changes.map(({ attribute }) => attribute);
    expect(members(["m"], [])).toEqual(["add"]);
    expect(members([], ["m"])).toEqual(["remove"]);
    expect(members(["m"], ["n"])).toEqual(["add", "remove"]);
  });
});
