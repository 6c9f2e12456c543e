import { describe, expect, it } from "vitest";
import { ValueFailure } from "../failure.js";
import { compileExpression, expressionLimits } from "./expression.js";
import { stepsMax } from "./frame.js";
import { person, run, scope } from "./sample.js";
import { ExpressionError } from "./scope.js";
import { bool } from "./types.js";

describe("what an expression may not be", () => {
  it.each<[string, string, RegExp]>([
    ["identity.", "RULE_EXPRESSION_INVALID", /expected identifier/i],
    ["1 +", "RULE_EXPRESSION_INVALID", /token/i],
    ['"open', "RULE_EXPRESSION_INVALID", /unterminated/i],
    ["identity.nam", "RULE_UNKNOWN_ATTRIBUTE", /"nam"; did you mean "name"/],
    ['identity["leve"]', "RULE_UNKNOWN_ATTRIBUTE", /did you mean "level"/],
    ["has(identity.nam)", "RULE_UNKNOWN_ATTRIBUTE", /did you mean "name"/],
    ["identiti.name", "RULE_UNKNOWN_VARIABLE", /did you mean "identity"/],
    ["account.name", "RULE_UNKNOWN_VARIABLE", /there is identity/],
    ["identity", "RULE_EXPRESSION_INVALID", /name an attribute/],
    ["lowre(identity.name)", "RULE_UNKNOWN_FUNCTION", /did you mean "lower"/],
    ['timestamp("2026-01-01T00:00:00Z")', "RULE_UNKNOWN_FUNCTION", /"timestamp"/],
    ["now()", "RULE_UNKNOWN_FUNCTION", /"now"/],
    ["toString()", "RULE_UNKNOWN_FUNCTION", /"toString"/],
    ["identity.constructor", "RULE_UNKNOWN_ATTRIBUTE", /"constructor"/],
    ["identity.name.constructor", "RULE_EXPRESSION_TYPE", /text has no attribute/],
    ["lower(identity.level)", "RULE_EXPRESSION_TYPE", /text is needed for lower, not an integer/],
    ["lower()", "RULE_EXPRESSION_INVALID", /lower \(small letters\) takes 1 argument/],
    ['lower("a", "b")', "RULE_EXPRESSION_INVALID", /lower \(small letters\) takes 1 argument/],
    ["identity.name > 5", "RULE_EXPRESSION_TYPE", /cannot take text and an integer; int\(\)/],
    ['identity.level == "7"', "RULE_EXPRESSION_TYPE", /cannot take an integer and text/],
    ["identity.active > true", "RULE_EXPRESSION_TYPE", /cannot take/],
    ['identity.name - "x"', "RULE_EXPRESSION_TYPE", /cannot take/],
    ['identity.level in ["7"]', "RULE_EXPRESSION_TYPE", /cannot take/],
    ["identity.name && true", "RULE_EXPRESSION_TYPE", /true or false is needed before &&/],
    ["identity.name ? 1 : 2", "RULE_EXPRESSION_TYPE", /before \?/],
    ['identity.active ? 1 : "x"', "RULE_EXPRESSION_TYPE", /one type/],
    ['[1, "a"]', "RULE_EXPRESSION_TYPE", /one type/],
    ["identity.name.exists(r, true)", "RULE_EXPRESSION_TYPE", /a list is needed/],
    ["identity.roles.exists(r, r)", "RULE_EXPRESSION_TYPE", /true or false/],
    ["identity.roles.exists(r, q == r)", "RULE_UNKNOWN_VARIABLE", /"q"/],
    ["matches(identity.name, identity.mail)", "RULE_EXPRESSION_TYPE", /written here/],
    ['matches(identity.name, "(")', "RULE_PATTERN_INVALID", /RE2/],
    ['matches(identity.name, "[a-z]{1000}x")', "RULE_PATTERN_INVALID", /repeats too much/],
    ['matches(identity.name, "((a{10}){10}){10}b")', "RULE_PATTERN_INVALID", /repeats too much/],
    [`extract(identity.name, "${"a".repeat(501)}")`, "RULE_PATTERN_INVALID", /500/],
    ['matches(identity.name, "(?=a)")', "RULE_PATTERN_INVALID", /RE2/],
    ['matches(identity.name, "(a)\\\\1")', "RULE_PATTERN_INVALID", /RE2/],
    ['after(identity.ends, "90")', "RULE_OFFSET_INVALID", /"90d"/],
    ["after(identity.level)", "RULE_EXPRESSION_TYPE", /text is needed for after/],
    ['date(identity.name, "dd.MM")', "RULE_DATE_FORMAT_INVALID", /yyyy/],
    ['{"a": 1}', "RULE_EXPRESSION_INVALID", /maps/],
    ['b"abc" == b"abc"', "RULE_EXPRESSION_INVALID", /bytes/],
    ["5u", "RULE_EXPRESSION_INVALID", /unsigned/],
    ["99999999999999999999", "RULE_EXPRESSION_INVALID", /64 bits/],
    [`${"(".repeat(100)}1${")".repeat(100)}`, "RULE_EXPRESSION_TOO_LARGE", /depth/i],
    [Array.from({ length: 1_500 }, () => "1").join("+"), "RULE_EXPRESSION_TOO_LARGE", /node/i],
    [`"${"x".repeat(expressionLimits.characters)}"`, "RULE_EXPRESSION_TOO_LARGE", /characters/],
    ["cel.bind(x, 1, x)", "RULE_UNKNOWN_FUNCTION", /"bind"/],
    ["google.protobuf.Timestamp", "RULE_UNKNOWN_VARIABLE", /"google"/],
  ])("%s is refused with %s", (text, code, message) => {
    const refusal = (): unknown => compileExpression(text, scope);
    expect(refusal).toThrow(ExpressionError);
    expect(refusal).toThrow(message);
    try {
      refusal();
    } catch (error) {
      expect((error as ExpressionError).code).toBe(code);
    }
  });

  it("says where: the position of the wrong name", () => {
    try {
      compileExpression('identity.level > 1 && identity.nam == "x"', scope, bool);
      expect.unreachable();
    } catch (error) {
      expect((error as ExpressionError).at).toBe("identity.level > 1 && ".length);
    }
  });

  it("a condition must be true or false", () => {
    expect(() => compileExpression("identity.name", scope, bool)).toThrow(
      /must yield true or false/,
    );
  });
});

describe("what an evaluation may not do", () => {
  const many = Array.from({ length: 1_000 }, (_, at) => at);
  it.each<[string, string]>([
    ["1 / 0", "EXPRESSION_VALUE"],
    ["1 % 0", "EXPRESSION_VALUE"],
    ["1.0 / 0.0", "EXPRESSION_VALUE"],
    ["9223372036854775807 + 1", "EXPRESSION_VALUE"],
    ['int("x")', "EXPRESSION_VALUE"],
    ['int("1.5")', "EXPRESSION_VALUE"],
    ['double("")', "EXPRESSION_VALUE"],
    ['bool("maybe")', "EXPRESSION_VALUE"],
    ['before("soon")', "EXPRESSION_VALUE"],
    ['date("2026", "dd.MM.yyyy")', "EXPRESSION_VALUE"],
    [
      "identity.marks.map(a, identity.marks.map(b, identity.marks.exists(c, c < 0)))",
      "EXPRESSION_LIMIT",
    ],
    ['size(identity.marks.map(m, lower("x")).join("")) > 0 && 1 / 0 == 1', "EXPRESSION_VALUE"],
    ['pad("x", 100000000, "y")', "EXPRESSION_LIMIT"],
    [doubling(30), "EXPRESSION_LIMIT"],
  ])("%s fails with %s", (text, code) => {
    try {
      const { value } = run(text, { ...person, marks: many });
      expect.unreachable(JSON.stringify(value).slice(0, 80));
    } catch (error) {
      expect(error).toBeInstanceOf(ValueFailure);
      expect((error as ValueFailure).code).toBe(code);
    }
  });

  it("cannot run long: what is done for each element of a list is counted", () => {
    const text = `identity.marks.map(m, lower(upper(${'"x"+'.repeat(200)}"x")))`;
    const endless = () => run(text, { ...person, marks: many });
    expect(endless).toThrow(`more than ${stepsMax} steps`);
  });

  it("a pattern that would take others for ever answers at once", () => {
    const name = `${"a".repeat(50_000)}!`;
    expect(run('matches(identity.name, "^(a+)+$")', { ...person, name }).value).toBe(false);
  });
});

/** A text that doubles again and again. */
function doubling(times: number): string {
  let text = '["xxxxxxxxxxxxxxxx"]';
  for (let at = 0; at < times; at += 1) text += ".map(a, a + a)";
  return text;
}
