import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileEngine } from "./engine.js";
import { ruleSet } from "./fixtures.js";
import { strengths, type Contribution, type Origin, type Value } from "./model.js";

const engine = compileEngine(ruleSet);

const from = (source: string, value: Value, more: Partial<Origin> = {}): Contribution => ({
  attribute: "surname",
  value,
  origin: { kind: "application", source, strength: "normal", precedence: 100, ...more },
});

describe("the fold", () => {
  it.each<[string, Contribution, Contribution]>([
    ["lower precedence wins", from("b", "1", { precedence: 10 }), from("a", "2")],
    [
      "strong wins over normal whatever the precedence",
      from("b", "1", { strength: "strong", precedence: 999 }),
      from("a", "2", { precedence: 1 }),
    ],
    [
      "normal wins over weak whatever the precedence",
      from("b", "1", { precedence: 999 }),
      from("a", "2", { strength: "weak", precedence: 1 }),
    ],
    [
      "a hand edit wins over strong",
      from("anna", "1", { kind: "manual", precedence: 999 }),
      from("a", "2", { strength: "strong", precedence: 1 }),
    ],
    [
      "a weak hand edit gives way",
      from("a", "1", { precedence: 999 }),
      from("anna", "2", { kind: "manual", strength: "weak", precedence: 1 }),
    ],
    [
      "an application wins over a rule that is otherwise equal",
      from("z", "1"),
      from("a", "2", { kind: "rule" }),
    ],
    ["the source's name decides between equals", from("a", "1"), from("b", "2")],
    ["then the account", from("a", "2", { account: "a-1" }), from("a", "1", { account: "a-2" })],
  ])("%s", (_promise, winner, loser) => {
    for (const all of [
      [winner, loser],
      [loser, winner],
    ]) {
      const folded = engine.fold("user", all);
      expect(folded.attributes).toEqual({ surname: winner.value });
      expect(folded.origins).toEqual({ surname: winner.origin });
    }
  });

  it("a withdrawn value falls back to the next source", () => {
    const [hr, crm] = [from("hr", "1", { precedence: 1 }), from("crm", "2", { precedence: 2 })];
    expect(engine.fold("user", [hr, crm]).attributes).toEqual({ surname: "1" });
    expect(engine.fold("user", [crm]).attributes).toEqual({ surname: "2" });
  });

  it("a set is won whole, never mixed from two sources", () => {
    const roles = (source: string, value: Value, precedence: number): Contribution => ({
      ...from(source, value, { precedence }),
      attribute: "roles",
    });
    const folded = engine.fold("user", [roles("a", ["x", "y"], 2), roles("b", ["z"], 1)]);
    expect(folded.attributes).toEqual({ roles: ["z"] });
  });

  it("what the schema does not know is left out", () => {
    const stray: Contribution = { ...from("a", "1"), attribute: "shoeSize" };
    expect(engine.fold("user", [stray])).toEqual({ attributes: {}, origins: {} });
  });

  it("of two hand edits that differ in strength alone the stronger is told, in any order", () => {
    const edit = (strength: Origin["strength"]) => from("ana", "x", { kind: "manual", strength });
    const both = [edit("normal"), edit("strong")];
    expect(engine.fold("user", both)).toEqual(engine.fold("user", both.toReversed()));
    expect(engine.fold("user", both).origins["surname"]?.strength).toBe("strong");
  });

  it("does not depend on the order of the contributions", () => {
    const origin: fc.Arbitrary<Origin> = fc.record(
      {
        kind: fc.constantFrom("application", "rule", "manual", "generated"),
        source: fc.constantFrom("a", "b"),
        account: fc.constantFrom("1", "2"),
        mapper: fc.constantFrom("m", "n"),
        strength: fc.constantFrom(...strengths),
        precedence: fc.nat(2),
      },
      { requiredKeys: ["kind", "source", "strength", "precedence"] },
    );
    const contribution = fc.record({
      attribute: fc.constantFrom("surname", "roles", "level"),
      value: fc.constantFrom<Value>("x", "y", 5, ["x", "y"], { ref: "a" }),
      origin,
    });
    const shuffled = fc.array(contribution, { maxLength: 12 }).chain((all) => {
      return fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }));
    });
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        expect(engine.fold("user", other)).toEqual(engine.fold("user", all));
      }),
      { numRuns: 1_000 },
    );
  });
});
