import { describe, expect, it } from "vitest";
import { compileEngine } from "./engine.js";
import { directoryContext, identity, now, ruleSet } from "./fixtures.js";
import type { GuardClass, IdentityState, OutboundRules, RuleSet, Value } from "./model.js";

function withOutbound(change: Partial<OutboundRules>): RuleSet {
  const directory = ruleSet.applications["directory"];
  const outbound = directory?.user?.outbound as OutboundRules;
  return {
    ...ruleSet,
    applications: { [directoryContext.key]: { user: { outbound: { ...outbound, ...change } } } },
  };
}

function changed(attributes: Record<string, Value | null>, more: Partial<IdentityState> = {}) {
  const all = Object.entries({ ...identity.attributes, ...attributes });
  const kept = all.filter((each): each is [string, Value] => each[1] !== null);
  return { ...identity, attributes: Object.fromEntries(kept), ...more };
}

const former = changed({ status: "Former employee" });

describe("what a change of a person means before anything is written", () => {
  const engine = compileEngine(withOutbound({}));
  it.each<[string, IdentityState | null, IdentityState | null, GuardClass[]]>([
    ["nothing at all", identity, identity, []],
    ["the same with a set in another order", identity, changed({ roles: ["sales", "admin"] }), []],
    [
      "the same but for the case of a mail address",
      identity,
      changed({ mail: "ZOE.LUSS@example.com" }),
      [],
    ],
    ["somebody new", null, identity, ["create"]],
    ["nobody", null, null, []],
    ["another name", identity, changed({ surname: "X" }), ["update"]],
    ["a value that goes", identity, changed({ mail: null }), ["update", "blanking"]],
    ["a value that comes", changed({ mail: null }), identity, ["update"]],
    ["another classification", identity, changed({}, { classification: 10 }), ["update"]],
    ["a leaver", identity, former, ["update", "disable"]],
    ["somebody on leave", identity, changed({ status: "Long-term leave" }), ["update", "disable"]],
    [
      "an end date that has passed",
      identity,
      changed({ ends: "2026-02-28" }),
      ["update", "disable"],
    ],
    ["an end date to come", identity, changed({ ends: "2026-12-31" }), ["update"]],
    ["somebody who comes back", former, identity, ["update"]],
    [
      "somebody who was not there for anybody",
      changed({ status: "Former employee", level: 1 }),
      former,
      ["update"],
    ],
    ["somebody who is gone", identity, null, ["delete", "disable"]],
  ])("%s", (_what, before, after, classes) => {
    expect(engine.assessIdentityChange(before, after, now)).toEqual(classes);
  });

  it.each<[OutboundRules["otherwise"], GuardClass[]]>([
    ["delete", ["update", "delete"]],
    ["disable", ["update", "disable"]],
    ["keep", ["update"]],
  ])("a leaver where accounts are to %s", (otherwise, classes) => {
    const other = compileEngine(withOutbound({ otherwise }));
    expect(other.assessIdentityChange(identity, former, now)).toEqual(classes);
  });

  it("a whole file that calls everybody a former employee shows as disables of everybody", () => {
    const people = Array.from({ length: 100 }, (_, at) => changed({ employeeNumber: String(at) }));
    const disables = people.filter((before) => {
      const after = { ...before, attributes: { ...before.attributes, status: "Former employee" } };
      return engine.assessIdentityChange(before, after, now).includes("disable");
    });
    expect(disables).toHaveLength(100);
  });

  it("a condition that cannot be computed afterwards takes nobody's account away", () => {
    const broken = compileEngine(
      withOutbound({ provision: { id: "p", when: "1 / identity.level > 0" } }),
    );
    expect(broken.assessIdentityChange(changed({ level: 1 }), changed({ level: 0 }), now)).toEqual([
      "update",
    ]);
  });
});
