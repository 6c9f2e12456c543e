import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileEngine } from "../engine.js";
import { account, contexts, identity, now, ruleSet } from "../fixtures.js";
import type { RuleSet } from "../model.js";
import { problemsMax } from "./problems.js";
import { refusals } from "./refusals.js";
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

describe("a rule set that is not valid", () => {
  it.each(refusals)("%s changed is refused", (pointer, value, code, at, message) => {
    const found = validateRuleSet(
      changed(pointer, JSON.parse(JSON.stringify({ value })).value),
      contexts,
    );
    const expected = { code, path: at, message: expect.stringMatching(message) as unknown };
    expect(found).toContainEqual(expected);
  });

  it("one mistake is one problem", () => {
    const alone = refusals.filter(([pointer]) => pointer !== "/schema");
    const many = alone.filter(([pointer, value]) => {
      const candidate = changed(pointer, JSON.parse(JSON.stringify({ value })).value);
      return validateRuleSet(candidate, contexts).length !== 1;
    });
    expect(many.map(([pointer, , code]) => [pointer, code])).toEqual([]);
  });

  it("all problems are told at once", () => {
    const candidate = structuredClone(ruleSet) as unknown as Record<string, never[]>;
    candidate["classifications"] = [
      { id: "a", code: 0, kind: "user", when: "x" },
    ] as unknown as never[];
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
    expect(validateRuleSet({ ...ruleSet, notes }, contexts)).toMatchObject([
      { code: "RULE_TOO_LARGE" },
    ]);
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
      fc.constantFrom<unknown>(
        "surname",
        "user",
        "__proto__",
        "identity.surname",
        "true",
        "key",
        [],
        {},
        1,
      ),
    );
    let valid = 0;
    fc.assert(
      fc.property(fc.constantFrom(...pointers), anything, (pointer, value) => {
        const candidate = changed(pointer, value);
        if (validateRuleSet(candidate, contexts).length > 0) return;
        valid += 1;
        const engine = compileEngine(candidate as RuleSet);
        engine.joinKeys(account);
        engine.mapInbound(account, now);
        engine.identityKeys("user", identity.attributes);
        engine.classify("user", identity.attributes, now);
        for (const each of engine.groupsFor(identity, now).groups) engine.groupAttributes(each);
        for (const target of engine.targets("user")) engine.desire(target, identity, now);
      }),
      { numRuns: 1_500 },
    );
    expect(valid).toBeGreaterThan(25);
  });
});
