import { describe, expect, it } from "vitest";
import { compileEngine } from "./engine.js";
import { account, contexts, identity, now, ruleSet } from "./fixtures.js";
import { planAccount } from "./plan.js";
import { directoryContext } from "./fixtures.js";
import { validateRuleSet } from "./validate/validate.js";

const engine = compileEngine(ruleSet);
const schema = directoryContext.schema.user ?? [];

describe("the whole way of one person", () => {
  it("finds no problem in a good rule set", () => {
    expect(validateRuleSet(ruleSet, contexts)).toEqual([]);
  });

  it("maps an account to contributions, the identity is their fold", () => {
    const mapped = engine.mapInbound(account, now);
    expect(mapped.failures).toEqual([]);
    const folded = engine.fold("user", mapped.contributions);
    expect(folded.attributes).toEqual({
      ...identity.attributes,
      manager: { ref: "1000", by: "anchor" },
    });
    expect(folded.origins["mail"]).toEqual({
      kind: "application",
      source: "hr",
      account: "a-1",
      mapper: "hr-mail-made",
      strength: "weak",
      precedence: 100,
    });
  });

  it("an identity is found by the keys that its account offers", () => {
    const offered = engine.joinKeys(account);
    expect(offered.map((key) => key.rule)).toEqual(["hr-by-number"]);
    const found = engine.identityKeys("user", identity.attributes);
    expect(found).toContainEqual({ definition: offered[0]?.definition, text: "1001" });
  });

  it("the first classification that holds decides", () => {
    const classified = engine.classify("user", identity.attributes, now);
    expect(classified).toMatchObject({ code: 20, id: "manager", failures: [] });
  });

  it("wants a group for each role, with attributes made from the role", () => {
    const { groups } = engine.groupsFor(identity, now);
    expect(groups).toEqual([
      { rule: "group-per-role", key: "admin" },
      { rule: "group-per-role", key: "sales" },
    ]);
    const made = engine.groupAttributes({ rule: "group-per-role", key: "admin" });
    expect(engine.fold("group", made.contributions).attributes).toEqual({
      name: "admin",
      description: "Everybody with the role admin",
    });
  });

  it("plans a create without references and an update that sets them", () => {
    expect(engine.targets("user")).toEqual(["directory"]);
    const desired = engine.desire("directory", identity, now);
    const { items, pending } = planAccount({ desired, account: null, schema });
    expect(pending).toEqual([]);
    expect(items).toEqual([
      {
        operation: "create",
        before: {},
        after: {
          $enabled: true,
          cn: "Zoë Łuß",
          description: "made by rule",
          dn: "cn=1001,ou=users,dc=example,dc=com",
          employeeNumber: "1001",
          level: "5",
          mail: ["zoe.luss@example.com"],
        },
        because: [
          "dir-cn",
          "dir-description",
          "dir-dn",
          "dir-enabled",
          "dir-level",
          "dir-mail",
          "dir-number",
          "dir-who",
        ],
        classes: ["create"],
      },
      {
        operation: "update",
        before: { manager: null },
        after: { manager: { ref: "a-0" } },
        because: ["dir-manager"],
        classes: ["update"],
      },
    ]);
  });

  it("says when a condition with a date is to be looked at again", () => {
    expect(engine.desire("directory", identity, now).nextDueAt).toBe("2026-07-01T00:00:00.000Z");
    const later = engine.desire("directory", identity, "2026-07-01T00:00:00.000Z");
    expect(later).toMatchObject({ enabled: false, nextDueAt: null });
  });

  it("names what a change does to the person's accounts before it is written", () => {
    const former = {
      ...identity,
      attributes: { ...identity.attributes, status: "Former employee" },
    };
    expect(engine.assessIdentityChange(identity, former, now)).toEqual(["update", "disable"]);
  });
});
