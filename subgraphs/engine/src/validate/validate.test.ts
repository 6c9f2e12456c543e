import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileEngine } from "../engine.js";
import { contexts, ruleSet } from "../fixtures.js";
import type { RuleSet } from "../model.js";
import { problemsMax } from "./problems.js";
import { validateRuleSet } from "./validate.js";

/** The good rule set with one place changed; `undefined` takes it away. */
function changed(pointer: string, value: unknown): unknown {
  const copy: unknown = structuredClone(ruleSet);
  const steps = pointer.slice(1).split("/");
  const last = steps.pop() as string;
  let place = copy as Record<string, unknown>;
  for (const step of steps) place = place[step] as Record<string, unknown>;
  if (value === undefined) delete place[last];
  else place[last] = value;
  return copy;
}

const hrIn = "/applications/hr/user/inbound";
const dirOut = "/applications/directory/user/outbound";
const mapper = (more: object): object => ({ id: "new", to: "surname", kind: "direct", from: "surname", ...more });

describe("a rule set that is not valid", () => {
  const table: [pointer: string, value: unknown, code: string, at: string, message: RegExp][] = [
    // shape
    ["/format", 2, "RULE_SHAPE", "/format", /must be the number 1/],
    ["/schema", undefined, "RULE_SHAPE", "/schema", /is missing/],
    ["/schema", [], "RULE_SHAPE", "/schema", /is a list; it must be an object/],
    ["/applications", undefined, "RULE_SHAPE", "/applications", /is missing/],
    ["/rules", {}, "RULE_UNKNOWN_PROPERTY", "/rules", /there is no "rules"/],
    ["/clasifications", [], "RULE_UNKNOWN_PROPERTY", "/clasifications", /did you mean "classifications"/],
    [`${hrIn}/mappers`, {}, "RULE_SHAPE", `${hrIn}/mappers`, /must be a list/],
    [`${hrIn}/mappers/0`, "x", "RULE_SHAPE", `${hrIn}/mappers/0`, /is a string; it must be an object/],
    [`${hrIn}/joins`, undefined, "RULE_SHAPE", `${hrIn}/joins`, /is missing/],
    [`${hrIn}/joins/0/match`, [], "RULE_SHAPE", `${hrIn}/joins/0/match`, /at least one/],
    [`${hrIn}/precedence`, 1.5, "RULE_SHAPE", `${hrIn}/precedence`, /whole number/],
    [`${hrIn}/joins/0/match/0/a~1b`, 1, "RULE_UNKNOWN_PROPERTY", `${hrIn}/joins/0/match/0/a~01b`, /a~1b/],
    // schema
    ["/schema/user/0/type", "text", "RULE_UNKNOWN_WORD", "/schema/user/0/type", /one of string, boolean/],
    ["/schema/user/0/type", "stirng", "RULE_UNKNOWN_WORD", "/schema/user/0/type", /did you mean "string"/],
    ["/schema/user/0/mayn", true, "RULE_UNKNOWN_PROPERTY", "/schema/user/0/mayn", /did you mean "many"/],
    ["/schema/user/0/many", "yes", "RULE_SHAPE", "/schema/user/0/many", /true or false/],
    ["/schema/user/9", { name: "MAIL", type: "string" }, "RULE_DUPLICATE_ATTRIBUTE", "/schema/user/9/name", /there already/],
    ["/schema/user/9", { name: "e-mail", type: "string" }, "RULE_NAME_INVALID", "/schema/user/9/name", /letters, digits/],
    ["/schema/user/9", { name: "__proto__", type: "string" }, "RULE_NAME_INVALID", "/schema/user/9/name", /reserved/],
    ["/schema/user/9", { name: "constructor", type: "string" }, "RULE_NAME_INVALID", "/schema/user/9/name", /reserved/],
    // ids and codes
    [`${hrIn}/mappers/1/id`, "hr-number", "RULE_DUPLICATE_ID", `${hrIn}/mappers/1/id`, /mappers\/0\/id already/],
    ["/groups/0/id", "dir-who", "RULE_DUPLICATE_ID", "/groups/0/id", /provision\/id already/],
    ["/groups/0/id", "a b", "RULE_NAME_INVALID", "/groups/0/id", /letter or digit/],
    ["/groups/0/id", "", "RULE_NAME_INVALID", "/groups/0/id", /letter or digit/],
    ["/groups/0/id", "x".repeat(200), "RULE_SHAPE", "/groups/0/id", /at most 128/],
    ["/classifications/0/code", 0, "RULE_CODE_INVALID", "/classifications/0/code", /1 to 32767/],
    ["/classifications/0/code", 32_768, "RULE_CODE_INVALID", "/classifications/0/code", /1 to 32767/],
    ["/classifications/0/code", "7", "RULE_CODE_INVALID", "/classifications/0/code", /1 to 32767/],
    ["/classifications/0/code", 20, "RULE_DUPLICATE_CODE", "/classifications/1/code", /classifications\/0\/code/],
    ["/classifications/0/kind", "person", "RULE_UNKNOWN_WORD", "/classifications/0/kind", /user, group/],
    // applications
    ["/applications/directry", {}, "RULE_UNKNOWN_APPLICATION", "/applications/directry", /did you mean "directory"/],
    ["/applications/hr/group", {}, "RULE_UNKNOWN_KIND", "/applications/hr/group", /"hr" has no groups/],
    ["/applications/hr/usr", {}, "RULE_UNKNOWN_PROPERTY", "/applications/hr/usr", /did you mean "user"/],
    // attributes
    [`${hrIn}/mappers/0/from`, "empnumb", "RULE_UNKNOWN_ATTRIBUTE", `${hrIn}/mappers/0/from`, /the account has no attribute "empnumb"; did you mean "empnum"/],
    [`${hrIn}/mappers/0/from`, "constructor", "RULE_UNKNOWN_ATTRIBUTE", `${hrIn}/mappers/0/from`, /no attribute/],
    [`${hrIn}/mappers/0/from`, "$id", "RULE_UNKNOWN_ATTRIBUTE", `${hrIn}/mappers/0/from`, /no attribute/],
    [`${hrIn}/mappers/0/to`, "surnme", "RULE_UNKNOWN_ATTRIBUTE", `${hrIn}/mappers/0/to`, /the vault's user has no attribute "surnme"; did you mean "surname"/],
    [`${dirOut}/mappers/0/to`, "distinguishedName", "RULE_UNKNOWN_ATTRIBUTE", `${dirOut}/mappers/0/to`, /"directory" user has no/],
    [`${dirOut}/mappers/0/to`, "entryUUID", "RULE_READ_ONLY", `${dirOut}/mappers/0/to`, /alone/],
    [`${hrIn}/joins/0/match/0/identity`, "$id", "RULE_UNKNOWN_ATTRIBUTE", `${hrIn}/joins/0/match/0/identity`, /the identity has no/],
    [`${hrIn}/joins/0/match/0/identity`, "manager", "RULE_JOIN_TYPE", `${hrIn}/joins/0/match/0/identity`, /found by text/],
    [`${hrIn}/joins/0/match/0/normalise`, ["lower"], "RULE_UNKNOWN_WORD", `${hrIn}/joins/0/match/0/normalise/0`, /casefold/],
    ["/groups/0/mappers/0/from", "name", "RULE_UNKNOWN_ATTRIBUTE", "/groups/0/mappers/0/from", /a group rule has no/],
    // expressions
    ["/classifications/0/when", "identity.statsu == \"x\"", "RULE_UNKNOWN_ATTRIBUTE", "/classifications/0/when", /at 1 \("identity\.statsu.*did you mean "status"/],
    ["/classifications/0/when", "true &&\n  identity.level == \"x\"", "RULE_EXPRESSION_TYPE", "/classifications/0/when", /at line 2, 3/],
    ["/classifications/0/when", "identity.level >", "RULE_EXPRESSION_INVALID", "/classifications/0/when", /at 17 \(the end\)/],
    ["/classifications/0/when", "identity.surname", "RULE_EXPRESSION_TYPE", "/classifications/0/when", /must yield true or false, but yields text/],
    ["/classifications/0/when", 5, "RULE_SHAPE", "/classifications/0/when", /an expression/],
    ["/classifications/0/when", "classification == \"former\"", "RULE_UNKNOWN_VARIABLE", "/classifications/0/when", /"classification"/],
    [`${dirOut}/provision/when`, "account.status == \"In\"", "RULE_UNKNOWN_VARIABLE", `${dirOut}/provision/when`, /"account"/],
    [`${dirOut}/provision/when`, "identity.surname.matches(\"(\")", "RULE_PATTERN_INVALID", `${dirOut}/provision/when`, /RE2/],
    [`${hrIn}/mappers/0`, mapper({ when: "account.level > 3.5 && account.boss > 3" }), "RULE_EXPRESSION_TYPE", `${hrIn}/mappers/0/when`, /int\(\), double\(\)/],
    ["/groups/0/each", "identity.level", "RULE_EXPRESSION_TYPE", "/groups/0/each", /text or a list/],
    ["/groups/0/mappers/1/expression", "after(key) ? \"a\" : \"b\"", "RULE_EXPRESSION_INVALID", "/groups/0/mappers/1/expression", /never changes/],
    // mappers
    [`${hrIn}/mappers/0`, mapper({ kind: "copy" }), "RULE_UNKNOWN_WORD", `${hrIn}/mappers/0/kind`, /direct, constant/],
    [`${hrIn}/mappers/0`, mapper({ stength: "weak" }), "RULE_UNKNOWN_PROPERTY", `${hrIn}/mappers/0/stength`, /did you mean "strength"/],
    [`${hrIn}/mappers/0`, mapper({ strength: "hard" }), "RULE_UNKNOWN_WORD", `${hrIn}/mappers/0/strength`, /strong, normal, weak/],
    [`${hrIn}/mappers/0`, mapper({ to: "manager", from: "level" }), "RULE_VALUE_TYPE", `${hrIn}/mappers/0`, /an integer cannot become the reference "manager"/],
    [`${hrIn}/mappers/0`, mapper({ to: "level", kind: "constant", from: undefined, value: "x" }), "RULE_VALUE_TYPE", `${hrIn}/mappers/0/value`, /not an integer/],
    [`${hrIn}/mappers/0`, mapper({ to: "ends", kind: "expression", from: undefined, expression: "account.level" }), "RULE_VALUE_TYPE", `${hrIn}/mappers/0`, /cannot become the date "ends"/],
    [`${hrIn}/mappers/9`, { id: "new", to: "surname", kind: "reference", from: "boss" }, "RULE_VALUE_TYPE", `${hrIn}/mappers/9/to`, /reference attribute/],
    [`${dirOut}/mappers/5`, { id: "new", to: "manager", kind: "reference", from: "surname" }, "RULE_VALUE_TYPE", `${dirOut}/mappers/5/from`, /reference attribute of the identity/],
    [`${dirOut}/mappers/1/parts`, [], "RULE_SHAPE", `${dirOut}/mappers/1/parts`, /at least one part/],
    [`${dirOut}/mappers/1/parts`, [{ text: "a", from: "surname" }], "RULE_SHAPE", `${dirOut}/mappers/1/parts/0`, /not both/],
    [`${dirOut}/mappers/1/parts`, [{ from: "manager" }], "RULE_VALUE_TYPE", `${dirOut}/mappers/1/parts/0/from`, /part of a text/],
    // outbound
    [`${dirOut}/enabled`, undefined, "RULE_ENABLED_MISSING", `${dirOut}/otherwise`, /stay disabled/],
    [`${dirOut}/otherwise`, "remove", "RULE_UNKNOWN_WORD", `${dirOut}/otherwise`, /keep, disable, delete/],
    [`${dirOut}/memberships`, "all", "RULE_UNKNOWN_PROPERTY", `${dirOut}/memberships`, /only groups/],
    [`${dirOut}/provision`, undefined, "RULE_SHAPE", `${dirOut}/provision`, /is missing/],
    // sizes
    [`${hrIn}/mappers`, Array.from({ length: 1_001 }, (_, at) => mapper({ id: `m${at}` })), "RULE_TOO_LARGE", `${hrIn}/mappers`, /at most 1000/],
    ["/classifications/0/when", "(".repeat(70) + "true" + ")".repeat(70), "RULE_EXPRESSION_TOO_LARGE", "/classifications/0/when", /depth/i],
  ];

  it.each(table)("%s changed is refused", (pointer, value, code, at, message) => {
    const found = validateRuleSet(changed(pointer, JSON.parse(JSON.stringify({ value })).value), contexts);
    const expected = { code, path: at, message: expect.stringMatching(message) as unknown };
    expect(found).toContainEqual(expected);
  });

  it("one mistake is one problem", () => {
    const alone = table.filter(([pointer]) => pointer !== "/schema");
    const many = alone.filter(([pointer, value]) => {
      const candidate = changed(pointer, JSON.parse(JSON.stringify({ value })).value);
      return validateRuleSet(candidate, contexts).length !== 1;
    });
    expect(many.map(([pointer, , code]) => [pointer, code])).toEqual([]);
  });

  it("all problems are told at once", () => {
    const candidate = structuredClone(ruleSet) as unknown as Record<string, never[]>;
    candidate["classifications"] = [{ id: "a", code: 0, kind: "user", when: "x" }] as unknown as never[];
    const codes = validateRuleSet(candidate, contexts).map((each) => each.code);
    expect(codes).toEqual(["RULE_CODE_INVALID", "RULE_UNKNOWN_VARIABLE"]);
  });

  it("more problems than anybody reads are cut, and that is said", () => {
    const classifications = Array.from({ length: 1_000 }, () => 5);
    const found = validateRuleSet({ ...ruleSet, classifications }, contexts);
    expect(found).toHaveLength(problemsMax + 1);
    expect(found.at(-1)?.code).toBe("RULE_TOO_MANY_PROBLEMS");
  });

  it("a rule set of many megabytes is refused before it is read", () => {
    const notes = "x".repeat(9 * 1024 * 1024);
    expect(validateRuleSet({ ...ruleSet, notes }, contexts)).toMatchObject([{ code: "RULE_TOO_LARGE" }]);
  });

  it.each([null, undefined, 5, "x", [], new Date(0), { a: undefined }, { a: 1n }])(
    "%s is refused without throwing",
    (candidate) => {
      expect(validateRuleSet(candidate, contexts).length).toBeGreaterThan(0);
    },
  );

  it("whatever is changed in a rule set, it is refused or it compiles and runs", () => {
    const pointers: string[] = [];
    const walk = (value: unknown, pointer: string): void => {
      if (pointer !== "") pointers.push(pointer);
      if (typeof value !== "object" || value === null) return;
      for (const [name, each] of Object.entries(value)) walk(each, `${pointer}/${name}`);
    };
    walk(ruleSet, "");
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constant(undefined),
      fc.constantFrom<unknown>("surname", "user", "__proto__", "identity.surname", "true", "key", [], {}, 1),
    );
    let valid = 0;
    fc.assert(
      fc.property(fc.constantFrom(...pointers), anything, (pointer, value) => {
        const candidate = changed(pointer, value);
        if (validateRuleSet(candidate, contexts).length > 0) return;
        valid += 1;
        expect(() => compileEngine(candidate as RuleSet)).not.toThrow();
      }),
      { numRuns: 3_000 },
    );
    expect(valid).toBeGreaterThan(50);
  });
});
