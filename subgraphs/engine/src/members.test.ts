import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planMembers } from "./members.js";

const actual = new Map([
  ["ours", { ours: true }],
  ["theirs", { ours: false }],
  ["both", { ours: true }],
  ["cn=unknown", { ours: true, resolved: false }],
]);
const wanted = new Set(["both", "new-b", "new-a"]);

describe("memberships", () => {
  it.each([
    ["all", ["new-a", "new-b"], ["ours", "theirs"]],
    ["own", ["new-a", "new-b"], ["ours"]],
    ["none", [], []],
  ] as const)("range %s adds %j and removes %j", (range, add, remove) => {
    expect(planMembers({ wanted, actual, range })).toEqual({ add, remove });
  });

  it("carrying a plan out leaves nothing to do, and what is not ours stands", () => {
    const names = fc.constantFrom<string>("a", "b", "c", "d", "e", "f");
    const some = fc.array(fc.tuple(names, fc.record({ ours: fc.boolean() })));
    const ranges = fc.constantFrom("all" as const, "own" as const, "none" as const);
    fc.assert(
      fc.property(fc.array(names), some, ranges, (wish, there, range) => {
        const members = new Map(there);
        const plan = planMembers({ wanted: new Set(wish), actual: members, range });
        if (range === "own") {
          for (const each of plan.remove) expect(members.get(each)?.ours).toBe(true);
        }
        for (const each of plan.remove) members.delete(each);
        for (const each of plan.add) members.set(each, { ours: true });
        const again = planMembers({ wanted: new Set(wish), actual: members, range });
        expect(again).toEqual({ add: [], remove: [] });
      }),
    );
  });
});
