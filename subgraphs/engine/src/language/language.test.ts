import { Environment } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ValueFailure } from "../failure.js";
import type { AttributeSchema, Attributes } from "../model.js";
import { scopeOf } from "../scopes.js";
import { compileExpression, evaluate, expressionLimits } from "./expression.js";
import { Frame, stepsMax } from "./frame.js";
import { ExpressionError } from "./scope.js";
import { bool } from "./types.js";

const schema: readonly AttributeSchema[] = [
  { name: "name", type: "string" },
  { name: "mail", type: "string" },
  { name: "job", type: "string" },
  { name: "level", type: "integer" },
  { name: "huge", type: "integer" },
  { name: "pay", type: "decimal" },
  { name: "active", type: "boolean" },
  { name: "ends", type: "date" },
  { name: "seen", type: "instant" },
  { name: "roles", type: "string", many: true },
  { name: "marks", type: "integer", many: true },
  { name: "manager", type: "reference" },
  { name: "nothing", type: "string" },
  { name: "noNumber", type: "integer" },
  { name: "noFlag", type: "boolean" },
  { name: "noList", type: "string", many: true },
  { name: "noDate", type: "date" },
];

const person: Attributes = {
  name: "Zoë Łuß",
  mail: "Zoe@Example.com",
  job: "124#CEO",
  level: 7,
  huge: "9007199254740993",
  pay: "1250.5",
  active: true,
  ends: "2026-06-30",
  seen: "2026-03-01T08:00:00.000Z",
  roles: ["admin", "sales"],
  marks: [1, 2, 3],
  manager: { ref: "a-0" },
};

const now = "2026-03-01T12:00:00.000Z";
const scope = scopeOf({ kind: "identity", schema });

function run(text: string, attributes = person): { value: unknown; due: string | null } {
  const frame = new Frame();
  frame.begin(now);
  frame.attributes = attributes;
  frame.classification = "staff";
  const value = evaluate(compileExpression(text, scope).run, frame);
  return { value, due: frame.nextDueAt };
}

describe("expressions", () => {
  it.each<[string, unknown]>([
    // numbers
    ["identity.level + 1", 8],
    ["identity.level / 2", 3],
    ["identity.level / 2.0", 3.5],
    ["-7 / 2", -3],
    ["-7 % 3", -1],
    ["identity.level * 2 > 13 && identity.level != 8", true],
    ["identity.huge + 1", 9_007_199_254_740_994n],
    ["identity.huge > identity.level", true],
    ["identity.huge == 9007199254740993", true],
    ["9007199254740993 - 9007199254740992", 1],
    ["identity.pay * 2", 2501],
    ["identity.pay > identity.level", true],
    ["-identity.level", -7],
    ["int(\"0042\") + int(3.9)", 45],
    ["double(\"1.5\") + 1", 2.5],
    ["string(identity.level) + \"!\"", "7!"],
    // text
    ["lower(identity.mail)", "zoe@example.com"],
    ["identity.mail.lower().endsWith(\"@example.com\")", true],
    ["upper(take(identity.mail, 3))", "ZOE"],
    ["ascii(identity.name)", "Zoe Luss"],
    ["identity.name.split(\" \")[1]", "Łuß"],
    ["identity.job.split(\"#\")[5]", null],
    ["identity.roles.join(\", \")", "admin, sales"],
    ["replace(identity.job, \"#\", \": \")", "124: CEO"],
    ["substring(\"abc\", 1)", "bc"],
    ["substring(\"abc\", 1, 9)", "bc"],
    ["substring(\"a😀b\", 1, 2)", "😀"],
    ["take(\"😀😀😀\", 2)", "😀😀"],
    ["indexOf(\"a😀b\", \"b\")", 2],
    ["indexOf(\"abc\", \"x\")", -1],
    ["size(\"a😀b\")", 3],
    ["pad(string(identity.level), 4, \"0\")", "0007"],
    ["pad(\"12345\", 4, \"0\")", "12345"],
    ["capitalise(\"ANNA\") + trim(\" x \") + digits(\"+4 3\")", "Annax43"],
    ["rdn(\"cn\", \"Lopez, Ana\") + \",dc=example\"", "cn=Lopez\\, Ana,dc=example"],
    ["identity.job.matches(\"^[0-9]+#\")", true],
    ["matches(identity.job, \"^CEO\")", false],
    ["extract(identity.job, \"#(.*)$\")", "CEO"],
    ["extract(identity.job, \"[0-9]+\")", "124"],
    ["extract(identity.job, \"x(y)?\")", null],
    ["date(\"31.12.2026\", \"dd.MM.yyyy\")", "2026-12-31"],
    ["contains(identity.mail, \"@\") && startsWith(identity.mail, \"Zoe\")", true],
    // lists
    ["\"admin\" in identity.roles", true],
    ["identity.name in [\"x\", \"Zoë Łuß\"]", true],
    ["identity.level in [1, 7]", true],
    ["identity.roles.exists(r, r.startsWith(\"sal\"))", true],
    ["identity.roles.all(r, size(r) > 5)", false],
    ["identity.marks.exists_one(m, m > 2)", true],
    ["identity.marks.filter(m, m != 2).map(m, m * 10)", [10, 30]],
    ["identity.marks.map(a, identity.marks.map(b, a * b))", [[1, 2, 3], [2, 4, 6], [3, 6, 9]]],
    ["first(identity.roles) + last(identity.roles)", "adminsales"],
    ["size(identity.roles + [\"x\"])", 3],
    ["[identity.name, identity.nothing, \"b\"]", ["Zoë Łuß", "b"]],
    ["identity.marks == [1, 2, 3]", true],
    // choices and variables
    ["identity.active ? \"on\" : \"off\"", "on"],
    ["classification == \"staff\"", true],
    ["identity[\"level\"] == 7", true],
    ["identity[\"$classification\"]", "staff"],
    ["identity.manager != null", true],
    ["identity.active && true || false", true],
    ["bool(\"TRUE\") && bool(1)", true],
  ])("%s is %s", (text, expected) => {
    expect(run(text).value).toEqual(expected);
  });
});

describe("absence", () => {
  it.each<[string, unknown]>([
    ["identity.nothing", null],
    ["has(identity.nothing)", false],
    ["has(identity.name)", true],
    ["has(identity.noList)", false],
    ["identity.nothing == null", true],
    ["identity.nothing == \"x\"", false],
    ["\"x\" == identity.nothing", false],
    ["identity.nothing != \"x\"", true],
    ["identity.noNumber > 3", false],
    ["identity.noNumber <= 3", false],
    ["!(identity.noNumber > 3)", true],
    ["identity.noNumber + 1", null],
    ["identity.name + identity.nothing", null],
    ["identity.name + orElse(identity.nothing, \"-\")", "Zoë Łuß-"],
    ["orElse(\"\", \"x\")", "x"],
    ["orElse(identity.noList, identity.roles)", ["admin", "sales"]],
    ["lower(identity.nothing)", null],
    ["identity.nothing.endsWith(\"x\")", false],
    ["matches(identity.nothing, \".*\")", false],
    ["extract(identity.nothing, \".*\")", null],
    ["identity.noFlag", null],
    ["!identity.noFlag", true],
    ["identity.noFlag && true", false],
    ["identity.noFlag || true", true],
    ["identity.noFlag ? 1 : 2", 2],
    ["\"x\" in identity.noList", false],
    ["identity.nothing in [\"x\"]", false],
    ["identity.noList.exists(r, true)", false],
    ["identity.noList.all(r, false)", true],
    ["identity.noList.map(r, r)", []],
    ["size(identity.noList) + size(identity.nothing)", 0],
    ["first(identity.noList)", null],
    ["identity.noList[0]", null],
    ["-identity.noNumber", null],
    ["before(identity.noDate)", false],
    ["after(identity.noDate)", false],
    ["daysSince(identity.noDate)", null],
    ["daysSince(identity.noDate) > 5", false],
    ["daysSince(identity.noDate) != 5", true],
    ["date(identity.nothing, \"dd.MM.yyyy\")", null],
  ])("%s is %j", (text, expected) => {
    expect(run(text)).toEqual({ value: expected, due: null });
  });
});

describe("dates in expressions, at noon of 1 March 2026", () => {
  it.each<[string, unknown, string | null]>([
    ["after(identity.ends)", false, "2026-07-01T00:00:00.000Z"],
    ["before(identity.ends)", true, "2026-06-30T00:00:00.000Z"],
    ["after(identity.ends, \"-5m\")", true, null],
    ["after(identity.ends, \"90d\")", false, "2026-09-29T00:00:00.000Z"],
    ["before(identity.ends, \"-4m\")", false, null],
    ["after(identity.seen)", true, null],
    ["after(identity.seen, \"12h\")", false, "2026-03-01T20:00:00.000Z"],
    ["after(\"2026-03-01\")", false, "2026-03-02T00:00:00.000Z"],
    ["before(\"2026-03-01\")", false, null],
    ["daysSince(\"2026-02-27\")", 2, "2026-03-02T00:00:00.000Z"],
    ["daysSince(identity.ends)", -121, "2026-03-02T00:00:00.000Z"],
    ["daysSince(\"2026-02-27\") > 5", false, "2026-03-05T00:00:00.000Z"],
    ["daysSince(\"2026-02-27\") >= 5", false, "2026-03-04T00:00:00.000Z"],
    ["5 < daysSince(\"2026-02-27\")", false, "2026-03-05T00:00:00.000Z"],
    ["daysSince(\"2026-02-27\") == 3", false, "2026-03-02T00:00:00.000Z"],
    ["daysSince(\"2026-02-27\") == 2", true, "2026-03-02T00:00:00.000Z"],
    ["daysSince(\"2026-01-01\") > 5", true, null],
    ["daysSince(\"2026-06-30\") > -90", false, "2026-04-02T00:00:00.000Z"],
    ["after(identity.ends) || before(identity.ends)", true, "2026-06-30T00:00:00.000Z"],
  ])("%s is %j until %s", (text, expected, due) => {
    expect(run(text)).toEqual({ value: expected, due });
  });

  it("an answer never changes before the instant that it is due", () => {
    const day = fc.integer({ min: -800, max: 800 }).map((days) => {
      return new Date(Date.parse(now) + days * 86_400_000).toISOString();
    });
    const dates = fc.oneof(day, day.map((each) => each.slice(0, 10)));
    const offset = fc.constantFrom("0d", "30d", "-30d", "1m", "-1y", "36h");
    const condition = fc.oneof(
      fc.tuple(fc.constantFrom("before", "after"), dates, offset)
        .map(([name, date, by]) => `${name}("${date}", "${by}")`),
      fc.tuple(dates, fc.constantFrom("<", "<=", ">", ">=", "==", "!="), fc.integer({ min: -99, max: 99 }))
        .map(([date, op, days]) => `daysSince("${date}") ${op} ${days}`),
      dates.map((date) => `daysSince("${date}") % 2 == 0`),
    );
    fc.assert(
      fc.property(fc.array(condition, { minLength: 1, maxLength: 4 }), fc.double(), (all, part) => {
        const { run: compiled } = compileExpression(all.join(" && "), scope);
        const at = (when: string): { value: unknown; due: string | null } => {
          const frame = new Frame();
          frame.begin(when);
          return { value: evaluate(compiled, frame), due: frame.nextDueAt };
        };
        const first = at(now);
        const until = first.due === null ? Date.parse(now) + 1e12 : Date.parse(first.due) - 1;
        const share = Math.abs(part) % 1 || 0;
        const between = Date.parse(now) + Math.floor((until - Date.parse(now)) * share);
        expect(at(new Date(between).toISOString()).value).toBe(first.value);
        expect(at(new Date(until).toISOString()).value).toBe(first.value);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("what an expression may not be", () => {
  it.each<[string, string, RegExp]>([
    ["identity.", "RULE_EXPRESSION_INVALID", /expected identifier/i],
    ["1 +", "RULE_EXPRESSION_INVALID", /token/i],
    ["\"open", "RULE_EXPRESSION_INVALID", /unterminated/i],
    ["identity.nam", "RULE_UNKNOWN_ATTRIBUTE", /"nam"; did you mean "name"/],
    ["identity[\"leve\"]", "RULE_UNKNOWN_ATTRIBUTE", /did you mean "level"/],
    ["has(identity.nam)", "RULE_UNKNOWN_ATTRIBUTE", /did you mean "name"/],
    ["identiti.name", "RULE_UNKNOWN_VARIABLE", /did you mean "identity"/],
    ["account.name", "RULE_UNKNOWN_VARIABLE", /there is identity/],
    ["identity", "RULE_EXPRESSION_INVALID", /name an attribute/],
    ["lowre(identity.name)", "RULE_UNKNOWN_FUNCTION", /did you mean "lower"/],
    ["timestamp(\"2026-01-01T00:00:00Z\")", "RULE_UNKNOWN_FUNCTION", /"timestamp"/],
    ["now()", "RULE_UNKNOWN_FUNCTION", /"now"/],
    ["toString()", "RULE_UNKNOWN_FUNCTION", /"toString"/],
    ["identity.constructor", "RULE_UNKNOWN_ATTRIBUTE", /"constructor"/],
    ["identity.name.constructor", "RULE_EXPRESSION_TYPE", /text has no attribute/],
    ["lower(identity.level)", "RULE_EXPRESSION_TYPE", /text is needed for lower, not an integer/],
    ["lower()", "RULE_EXPRESSION_INVALID", /takes 1 argument/],
    ["lower(\"a\", \"b\")", "RULE_EXPRESSION_INVALID", /takes 1 argument/],
    ["identity.name > 5", "RULE_EXPRESSION_TYPE", /cannot take text and an integer; int\(\)/],
    ["identity.level == \"7\"", "RULE_EXPRESSION_TYPE", /cannot take an integer and text/],
    ["identity.active > true", "RULE_EXPRESSION_TYPE", /cannot take/],
    ["identity.name - \"x\"", "RULE_EXPRESSION_TYPE", /cannot take/],
    ["identity.level in [\"7\"]", "RULE_EXPRESSION_TYPE", /cannot take/],
    ["identity.name && true", "RULE_EXPRESSION_TYPE", /true or false is needed before &&/],
    ["identity.name ? 1 : 2", "RULE_EXPRESSION_TYPE", /before \?/],
    ["identity.active ? 1 : \"x\"", "RULE_EXPRESSION_TYPE", /one type/],
    ["[1, \"a\"]", "RULE_EXPRESSION_TYPE", /one type/],
    ["identity.name.exists(r, true)", "RULE_EXPRESSION_TYPE", /a list is needed/],
    ["identity.roles.exists(r, r)", "RULE_EXPRESSION_TYPE", /true or false/],
    ["identity.roles.exists(r, q == r)", "RULE_UNKNOWN_VARIABLE", /"q"/],
    ["matches(identity.name, identity.mail)", "RULE_EXPRESSION_TYPE", /written here/],
    ["matches(identity.name, \"(\")", "RULE_PATTERN_INVALID", /RE2/],
    ["matches(identity.name, \"(?=a)\")", "RULE_PATTERN_INVALID", /RE2/],
    ["matches(identity.name, \"(a)\\\\1\")", "RULE_PATTERN_INVALID", /RE2/],
    ["after(identity.ends, \"90\")", "RULE_OFFSET_INVALID", /"90d"/],
    ["after(identity.level)", "RULE_EXPRESSION_TYPE", /text is needed for after/],
    ["date(identity.name, \"dd.MM\")", "RULE_DATE_FORMAT_INVALID", /yyyy/],
    ["{\"a\": 1}", "RULE_EXPRESSION_INVALID", /maps/],
    ["b\"abc\" == b\"abc\"", "RULE_EXPRESSION_INVALID", /bytes/],
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
      compileExpression("identity.level > 1 && identity.nam == \"x\"", scope, bool);
      expect.unreachable();
    } catch (error) {
      expect((error as ExpressionError).at).toBe("identity.level > 1 && ".length);
    }
  });

  it("a condition must be true or false", () => {
    expect(() => compileExpression("identity.name", scope, bool)).toThrow(/must yield true or false/);
  });
});

describe("what an evaluation may not do", () => {
  const many = Array.from({ length: 1_000 }, (_, at) => at);
  it.each<[string, string]>([
    ["1 / 0", "EXPRESSION_VALUE"],
    ["1 % 0", "EXPRESSION_VALUE"],
    ["1.0 / 0.0", "EXPRESSION_VALUE"],
    ["9223372036854775807 + 1", "EXPRESSION_VALUE"],
    ["int(\"x\")", "EXPRESSION_VALUE"],
    ["int(\"1.5\")", "EXPRESSION_VALUE"],
    ["double(\"\")", "EXPRESSION_VALUE"],
    ["bool(\"maybe\")", "EXPRESSION_VALUE"],
    ["before(\"soon\")", "EXPRESSION_VALUE"],
    ["date(\"2026\", \"dd.MM.yyyy\")", "EXPRESSION_VALUE"],
    ["identity.marks.map(a, identity.marks.map(b, identity.marks.exists(c, c < 0)))", "EXPRESSION_LIMIT"],
    ["size(identity.marks.map(m, lower(\"x\")).join(\"\")) > 0 && 1 / 0 == 1", "EXPRESSION_VALUE"],
    ["pad(\"x\", 100000000, \"y\")", "EXPRESSION_LIMIT"],
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

  it("cannot run long: the worst that fits into its steps ends", () => {
    const text = `identity.marks.map(m, lower(upper(${"\"x\"+".repeat(200)}"x")))`;
    const began = performance.now();
    expect(() => run(text, { ...person, marks: many.concat(many) })).toThrow(ValueFailure);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(stepsMax).toBeLessThanOrEqual(100_000);
  });

  it("a pattern that would take others for ever answers at once", () => {
    const name = `${"a".repeat(50_000)}!`;
    expect(run("matches(identity.name, \"^(a+)+$\")", { ...person, name }).value).toBe(false);
  });
});

/** A text that doubles again and again. */
function doubling(times: number): string {
  let text = "[\"xxxxxxxxxxxxxxxx\"]";
  for (let at = 0; at < times; at += 1) text += ".map(a, a + a)";
  return text;
}

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
  const { number: numbers, text: texts, truth } = fc.letrec<Record<string, string>>((tie) => ({
    number: fc.oneof(
      { depthSize: "small" },
      number,
      fc.tuple(tie("number"), fc.constantFrom("+", "-", "*", "/", "%"), tie("number"))
        .map(([a, o, b]) => `(${a} ${o} ${b})`),
      fc.tuple(tie("truth"), tie("number"), tie("number")).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
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
      fc.tuple(tie("truth"), fc.constantFrom("&&", "||"), tie("truth"))
        .map(([a, o, b]) => `(${a} ${o} ${b})`),
      tie("truth").map((a) => `(!${a})`),
      fc.tuple(tie("text"), fc.constantFrom("startsWith", "endsWith", "contains"), tie("text"))
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
      { numRuns: 5_000 },
    );
    expect(compared).toBeGreaterThan(3_000);
  });
});
