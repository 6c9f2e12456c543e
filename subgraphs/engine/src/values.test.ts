import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ValueFailure } from "./failure.js";
import type { AttributeSchema, AttributeType, Value } from "./model.js";
import { equalValues, textUnitsMax, toValue, valuesMax } from "./values.js";

const of = (type: AttributeType, more: Partial<AttributeSchema> = {}): AttributeSchema => ({
  name: "x",
  type,
  ...more,
});
const set = { many: true };
const list = { many: true, ordered: true };

describe("toValue", () => {
  it.each<[AttributeSchema, Value | null, Value | null]>([
    [of("string"), "a", "a"],
    [of("string"), "", null],
    [of("string"), " ", " "],
    [of("string"), null, null],
    [of("string"), 5, "5"],
    [of("string"), true, "true"],
    [of("string"), ["a"], "a"],
    [of("string"), ["a", "a"], "a"],
    [of("string"), [], null],
    [of("boolean"), "TRUE", true],
    [of("boolean"), "0", false],
    [of("boolean"), 1, true],
    [of("integer"), "0042", 42],
    [of("integer"), "+7", 7],
    [of("integer"), "-0", 0],
    [of("integer"), "9007199254740993", "9007199254740993"],
    [of("integer"), "-09007199254740993", "-9007199254740993"],
    [of("decimal"), "+01.50", "1.5"],
    [of("decimal"), "-0.0", "0"],
    [of("decimal"), ".5", "0.5"],
    [of("decimal"), 2.5, "2.5"],
    [of("decimal"), 1e-7, "0.0000001"],
    [of("decimal"), "12345678901234567890.123", "12345678901234567890.123"],
    [of("date"), "2024-02-29", "2024-02-29"],
    [of("instant"), "2024-02-29T10:00:00+02:00", "2024-02-29T08:00:00.000Z"],
    [of("instant"), "2024-02-29t10:00:00.5z", "2024-02-29T10:00:00.500Z"],
    [of("instant"), "2024-02-29", "2024-02-29T00:00:00.000Z"],
    [of("binary"), "AAE=", "AAE="],
    [of("reference"), { ref: "a-1" }, { ref: "a-1" }],
    [of("reference"), "cn=x", "cn=x"],
    [of("string", set), "a", ["a"]],
    [of("string", set), ["b", "a", "b", ""], ["a", "b"]],
    [of("string", list), ["b", "a", "b", ""], ["b", "a", "b"]],
    [of("string", { ...set, caseIgnore: true }), ["b", "A", "a", "B"], ["A", "B"]],
    [of("integer", set), ["10", 9], ["10", 9].map(Number)],
    [
      of("reference", set),
      [{ ref: "b" }, { ref: "a" }, { ref: "b" }],
      [{ ref: "a" }, { ref: "b" }],
    ],
  ])("%j takes %j as %j", (schema, given, expected) => {
    expect(toValue(schema, given)).toEqual(expected);
  });

  it.each<[AttributeSchema, Value, string]>([
    [of("string"), ["a", "b"], "VALUE_NOT_SINGLE"],
    [of("string"), "a\u0000", "VALUE_INVALID"],
    [of("string"), "\ud800", "VALUE_INVALID"],
    [of("string"), { ref: "a" }, "VALUE_INVALID"],
    [of("string"), "x".repeat(textUnitsMax + 1), "VALUE_TOO_LARGE"],
    [of("string", set), Array.from({ length: valuesMax + 1 }, String), "VALUE_TOO_LARGE"],
    [of("boolean"), "yes", "VALUE_INVALID"],
    [of("integer"), "1.5", "VALUE_INVALID"],
    [of("integer"), 1.5, "VALUE_INVALID"],
    [of("integer"), true, "VALUE_INVALID"],
    [of("decimal"), "1,5", "VALUE_INVALID"],
    [of("decimal"), ".", "VALUE_INVALID"],
    [of("decimal"), "1e5", "VALUE_INVALID"],
    [of("date"), "2023-02-29", "VALUE_INVALID"],
    [of("date"), "2023-02-28T00:00:00Z", "VALUE_INVALID"],
    [of("date"), "28.02.2023", "VALUE_INVALID"],
    [of("instant"), "2024-02-29T24:00:00Z", "VALUE_INVALID"],
    [of("instant"), "2024-02-29T10:00:00", "VALUE_INVALID"],
    [of("binary"), "A", "VALUE_INVALID"],
    [of("reference"), 5, "VALUE_INVALID"],
  ])("%j refuses %j with %s", (schema, given, code) => {
    expect(() => toValue(schema, given)).toThrow(ValueFailure);
    try {
      toValue(schema, given);
    } catch (error) {
      expect((error as ValueFailure).code).toBe(code);
    }
  });

  it("keeps a text of 64 thousand characters of every script whole", () => {
    const long = "aß€😀".repeat(16_000);
    expect(toValue(of("string"), long)).toBe(long);
  });

  it("never says a value in its messages", () => {
    expect(() => toValue(of("integer"), "secret-pay")).toThrow(/^(?!.*secret).*$/);
  });
});

describe("equalValues", () => {
  it.each<[AttributeSchema, Value | null | undefined, Value | null | undefined, boolean]>([
    [of("string"), "a", "a", true],
    [of("string"), "a", "A", false],
    [of("string", { caseIgnore: true }), "STRASSE", "straße", true],
    [of("string"), null, undefined, true],
    [of("string"), "", null, true],
    [of("string"), [], null, true],
    [of("string"), "a", null, false],
    [of("string", set), ["a", "b"], ["b", "a", "a"], true],
    [of("string", set), "a", ["a"], true],
    [of("string", set), ["a", "b"], ["a"], false],
    [of("string", list), ["a", "b"], ["b", "a"], false],
    [of("string", { ...set, caseIgnore: true }), ["A", "b"], ["B", "a"], true],
    [of("integer"), 5, "5", true],
    [of("integer"), "9007199254740993", "9007199254740992", false],
    [of("decimal"), "1.50", "1.5", true],
    [of("decimal"), 1.5, "1.5", true],
    [of("boolean"), true, "TRUE", true],
    [of("instant"), "2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00", true],
    [of("date"), "2024-01-01", "2024-01-02", false],
    [of("date"), "unknown", "unknown", true],
    [of("date"), "unknown", "2024-01-02", false],
    [of("reference"), { ref: "a" }, { ref: "a" }, true],
    [of("reference"), { ref: "a" }, "a", false],
    [of("reference"), { ref: "a" }, { ref: "a", by: "anchor" }, false],
    [of("reference", set), [{ ref: "a" }, "raw"], ["raw", { ref: "a" }], true],
  ])("%j: %j and %j are the same: %s", (schema, a, b, expected) => {
    expect(equalValues(schema, a, b)).toBe(expected);
    expect(equalValues(schema, b, a)).toBe(expected);
  });

  it("what toValue makes equals what it was given, and toValue changes it no more", () => {
    const types: AttributeType[] = ["string", "boolean", "integer", "decimal", "date", "instant"];
    const given = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.array(fc.oneof(fc.string(), fc.integer().map(String)), { maxLength: 5 }),
    );
    const schemas = fc.record({
      name: fc.constant("x"),
      type: fc.constantFrom(...types),
      many: fc.boolean(),
      ordered: fc.boolean(),
      caseIgnore: fc.boolean(),
    });
    fc.assert(
      fc.property(schemas, given, (schema, value) => {
        let made: Value | null;
        try {
          made = toValue(schema, value);
        } catch (error) {
          expect(error).toBeInstanceOf(ValueFailure);
          return;
        }
        expect(equalValues(schema, made, value)).toBe(true);
        expect(toValue(schema, made)).toEqual(made);
      }),
      { numRuns: 3_000 },
    );
  });
});
