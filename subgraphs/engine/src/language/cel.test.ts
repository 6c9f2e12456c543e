import { Environment } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ValueFailure } from "../failure.js";
import { person, run } from "./sample.js";

describe("where nothing is absent the language is CEL", () => {
  const library = new Environment({ unlistedVariablesAreDyn: true });
  const number = fc.oneof(
    fc.integer({ min: -1000, max: 1000 }).map((n) => (n < 0 ? `(${n})` : String(n))),
    fc.constantFrom("identity.level", "size(identity.roles)"),
  );
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom("a", "b", "Z", " ", "#") }).map((s) => JSON.stringify(s)),
    fc.constantFrom("identity.name", "identity.mail", "identity.job"),
  );
  const op = fc.constantFrom("<", "<=", ">", ">=", "==", "!=");
  const {
    number: numbers,
    text: texts,
    truth,
  } = fc.letrec<Record<string, string>>((tie) => ({
    number: fc.oneof(
      { depthSize: "small" },
      number,
      fc
        .tuple(tie("number"), fc.constantFrom("+", "-", "*", "/", "%"), tie("number"))
        .map(([a, o, b]) => `(${a} ${o} ${b})`),
      fc
        .tuple(tie("truth"), tie("number"), tie("number"))
        .map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
      tie("text").map((a) => `${a}.size()`),
    ),
    text: fc.oneof(
      { depthSize: "small" },
      text,
      fc.tuple(tie("text"), tie("text")).map(([a, b]) => `(${a} + ${b})`),
      tie("text").map((a) => `${a}.trim()`),
      fc.tuple(tie("text"), tie("text")).map(([a, b]) => `${a}.split("#").join(${b})`),
    ),
    truth: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom("true", "false", "identity.active"),
      fc.tuple(tie("number"), op, tie("number")).map(([a, o, b]) => `(${a} ${o} ${b})`),
      fc.tuple(tie("text"), op, tie("text")).map(([a, o, b]) => `(${a} ${o} ${b})`),
      fc
        .tuple(tie("truth"), fc.constantFrom("&&", "||"), tie("truth"))
        .map(([a, o, b]) => `(${a} ${o} ${b})`),
      tie("truth").map((a) => `(!${a})`),
      fc
        .tuple(tie("text"), fc.constantFrom("startsWith", "endsWith", "contains"), tie("text"))
        .map(([a, f, b]) => `${a}.${f}(${b})`),
      tie("number").map((a) => `[1, 2, 3].exists(x, x == ${a})`),
      tie("text").map((a) => `(${a} in identity.roles)`),
    ),
  })) as unknown as Record<"number" | "text" | "truth", fc.Arbitrary<string>>;

  it("the library's own evaluator agrees", () => {
    const attributes = { ...person, level: 7n, name: "a#Zb" };
    let compared = 0;
    fc.assert(
      fc.property(fc.oneof(numbers, texts, truth), (expression) => {
        let theirs: unknown;
        try {
          theirs = library.evaluate(expression, { identity: attributes });
        } catch {
          // Division by zero and overflow are failures on both sides, or || and && hide them here.
          return;
        }
        let ours: unknown;
        try {
          ours = run(expression, { ...person, name: "a#Zb" }).value;
        } catch (error) {
          // CEL lets `true || error` be true from either side; here the left side is read first.
          expect(error).toBeInstanceOf(ValueFailure);
          expect(expression).toMatch(/\|\||&&|exists/);
          return;
        }
        expect(typeof ours === "number" ? BigInt(ours) : ours, expression).toEqual(theirs);
        compared += 1;
      }),
      { numRuns: 3_000 },
    );
    expect(compared).toBeGreaterThan(1_800);
  });
});
