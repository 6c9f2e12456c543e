import { describe, expect, it } from "vitest";
import { compileEngine } from "./engine.js";
import { account, identity, now, ruleSet } from "./fixtures.js";
import type { AttributeSchema, Attributes, MappedAccount, Mapper, RuleSet } from "./model.js";
import type { Value } from "./model.js";

const user: readonly AttributeSchema[] = [
  { name: "one", type: "string" },
  { name: "many", type: "string", many: true },
  { name: "number", type: "integer" },
  { name: "amount", type: "decimal" },
  { name: "born", type: "date" },
  { name: "boss", type: "reference" },
];

function rules(inbound: readonly Mapper[], outbound: readonly Mapper[] = []): RuleSet {
  return {
    format: 1,
    schema: { user },
    applications: {
      hr: { user: { inbound: { joins: [], mappers: inbound, precedence: 7 } } },
      directory: {
        user: {
          outbound: {
            provision: { id: "p", when: "true" },
            otherwise: "keep",
            mappers: outbound,
          },
        },
      },
    },
  };
}

function inbound(mappers: readonly Mapper[], attributes: Attributes): MappedAccount {
  return compileEngine(rules(mappers)).mapInbound({ ...account, attributes }, now);
}

function yields(mapper: Mapper, attributes: Attributes): Value | undefined {
  const mapped = inbound([mapper], attributes);
  expect(mapped.failures).toEqual([]);
  return mapped.contributions[0]?.value;
}

describe("inbound mappers", () => {
  it.each<[Mapper, Attributes, Value | undefined]>([
    [{ id: "m", to: "one", kind: "direct", from: "a" }, { a: "x" }, "x"],
    [{ id: "m", to: "one", kind: "direct", from: "a" }, {}, undefined],
    [{ id: "m", to: "one", kind: "direct", from: "a" }, { a: "" }, undefined],
    [{ id: "m", to: "one", kind: "direct", from: "$anchor" }, {}, "1001"],
    [{ id: "m", to: "one", kind: "direct", from: "$name" }, {}, "1001"],
    [
      { id: "m", to: "one", kind: "expression", expression: 'account["$enabled"] ? "on" : "off"' },
      {},
      "off",
    ],
    [{ id: "m", to: "number", kind: "direct", from: "a" }, { a: "0042" }, 42],
    [{ id: "m", to: "many", kind: "direct", from: "a" }, { a: ["y", "x", "y"] }, ["x", "y"]],
    [{ id: "m", to: "many", kind: "direct", from: "a" }, { a: "x" }, ["x"]],
    [{ id: "m", to: "one", kind: "constant", value: "x" }, {}, "x"],
    [{ id: "m", to: "one", kind: "constant", value: "x", when: "has(account.a)" }, {}, undefined],
    [{ id: "m", to: "one", kind: "constant", value: "x", when: "has(account.a)" }, { a: "1" }, "x"],
    [{ id: "m", to: "one", kind: "constant", value: "x", when: "account.a" }, {}, undefined],
    [
      {
        id: "m",
        to: "one",
        kind: "concatenate",
        parts: [{ from: "a" }, { text: "-" }, { from: "b" }],
      },
      { a: "x", b: 5 },
      "x-5",
    ],
    [
      {
        id: "m",
        to: "one",
        kind: "concatenate",
        parts: [{ from: "a" }, { text: "-" }, { from: "b" }],
      },
      { a: "x" },
      undefined,
    ],
    [
      {
        id: "m",
        to: "one",
        kind: "concatenate",
        parts: [{ from: "a" }, { text: "-" }, { from: "b", optional: true }],
      },
      { a: ["x"] },
      "x-",
    ],
    [{ id: "m", to: "number", kind: "expression", expression: "account.a + 1" }, { a: 1 }, 2],
    [
      { id: "m", to: "number", kind: "expression", expression: "account.a + 1" },
      { a: "9007199254740993" },
      "9007199254740994",
    ],
    [
      { id: "m", to: "amount", kind: "expression", expression: "double(account.a) / 2" },
      { a: "7" },
      "3.5",
    ],
    [
      { id: "m", to: "many", kind: "expression", expression: "[account.a, account.b]" },
      { b: "x" },
      ["x"],
    ],
    [
      { id: "m", to: "born", kind: "expression", expression: 'date(account.a, "dd.MM.yyyy")' },
      { a: "01.02.1990" },
      "1990-02-01",
    ],
    [
      { id: "m", to: "boss", kind: "reference", from: "a" },
      { a: "1000" },
      { ref: "1000", by: "anchor" },
    ],
    [
      { id: "m", to: "boss", kind: "reference", from: "a", by: "name" },
      { a: "cn=x" },
      { ref: "cn=x", by: "name" },
    ],
    [{ id: "m", to: "boss", kind: "reference", from: "a" }, { a: { ref: "a-0" } }, { ref: "a-0" }],
    [
      { id: "m", to: "boss", kind: "direct", from: "a" },
      { a: "cn=dangling" },
      { ref: "cn=dangling", by: "name" },
    ],
  ])("%j of %j", (mapper, attributes, expected) => {
    expect(yields(mapper, attributes)).toEqual(expected);
  });

  it("of several mappers the first strong, then normal, then weak one that yields wins", () => {
    const mappers: Mapper[] = [
      { id: "weak", to: "one", kind: "constant", value: "weak", strength: "weak" },
      { id: "first", to: "one", kind: "direct", from: "a" },
      { id: "second", to: "one", kind: "direct", from: "b" },
      { id: "strong", to: "one", kind: "direct", from: "c", strength: "strong" },
    ];
    const winner = (attributes: Attributes): string | undefined => {
      const { contributions } = inbound(mappers, attributes);
      expect(contributions).toHaveLength(1);
      return contributions[0]?.origin.mapper;
    };
    expect(winner({ a: "x", b: "y", c: "z" })).toBe("strong");
    expect(winner({ a: "x", b: "y" })).toBe("first");
    expect(winner({ b: "y" })).toBe("second");
    expect(winner({})).toBe("weak");
  });

  it("every value knows where it came from", () => {
    const mapper: Mapper = { id: "m", to: "one", kind: "direct", from: "a", strength: "strong" };
    expect(inbound([mapper], { a: "x" }).contributions).toEqual([
      {
        attribute: "one",
        value: "x",
        origin: {
          kind: "application",
          source: "hr",
          account: "a-1",
          mapper: "m",
          strength: "strong",
          precedence: 7,
        },
      },
    ]);
  });

  it("an object with a failure is never half-mapped, and every failure is named", () => {
    const mapped = inbound(
      [
        { id: "good", to: "one", kind: "direct", from: "a" },
        { id: "bad", to: "number", kind: "direct", from: "a" },
        { id: "two", to: "boss", kind: "direct", from: "many" },
        { id: "worse", to: "amount", kind: "expression", expression: "1 / 0" },
        { id: "type", to: "many", kind: "expression", expression: "account.a - 1" },
        { id: "part", to: "born", kind: "concatenate", parts: [{ from: "many" }] },
      ],
      { a: "secret", many: ["x", "y"] },
    );
    expect(mapped.contributions).toEqual([]);
    expect(mapped.failures.map(({ mapper, code }) => [mapper, code])).toEqual([
      ["bad", "VALUE_INVALID"],
      ["two", "VALUE_NOT_SINGLE"],
      ["worse", "EXPRESSION_VALUE"],
      ["type", "EXPRESSION_TYPE"],
      ["part", "VALUE_NOT_SINGLE"],
    ]);
    expect(JSON.stringify(mapped.failures)).not.toContain("secret");
  });

  it("an account of an application without inbound rules contributes nothing", () => {
    const engine = compileEngine(rules([]));
    const other = { ...account, application: "shop" };
    expect(engine.mapInbound(other, now)).toEqual({
      contributions: [],
      failures: [],
      nextDueAt: null,
    });
    expect(engine.joinKeys(other)).toEqual([]);
  });
});

describe("outbound mappers", () => {
  const desire = (mappers: readonly Mapper[], attributes: Attributes) =>
    compileEngine(rules([], mappers)).desire("directory", { ...identity, attributes }, now);

  it("an attribute whose mappers yield nothing is to be empty, unless all are weak", () => {
    const desired = desire(
      [
        { id: "a", to: "x", kind: "direct", from: "one" },
        { id: "b", to: "y", kind: "direct", from: "one", strength: "weak" },
        { id: "c", to: "z", kind: "constant", value: "z", strength: "weak" },
      ],
      {},
    );
    expect(desired.attributes).toEqual({ x: null, z: "z" });
    expect(desired.weak).toEqual(["z"]);
    expect(desired.because).toEqual({ $provision: "p", x: "a", z: "c" });
  });

  it("a name with a number says so, and is another one for another number", () => {
    const expression = 'identity.one + (number > 1 ? string(number) : "")';
    const engine = compileEngine(rules([], [
      { id: "a", to: "login", kind: "expression", expression },
      { id: "b", to: "title", kind: "direct", from: "amount" },
    ]));
    const person = { ...identity, attributes: { one: "ann", amount: "1.5" } };
    const [first, third] = [engine.desire("directory", person, now),
      engine.desire("directory", person, now, 3)];
    expect(first).toMatchObject({ attributes: { login: "ann", title: "1.5" }, failures: [] });
    expect(first.numbered).toEqual(["login"]);
    expect(third.attributes).toEqual({ login: "ann3", title: "1.5" });
    expect(engine.desire("directory", person, now)).toEqual(first);
  });

  it("copying keeps every digit of a number", () => {
    const attributes = { amount: "12345678901234567890.123", number: "9007199254740993" };
    const desired = desire(
      [
        { id: "a", to: "x", kind: "direct", from: "amount" },
        { id: "b", to: "y", kind: "direct", from: "number" },
        { id: "c", to: "z", kind: "concatenate", parts: [{ from: "amount" }] },
      ],
      attributes,
    );
    expect(desired.attributes).toEqual({
      x: attributes.amount,
      y: attributes.number,
      z: attributes.amount,
    });
  });

  it("the identity's id and classification may be written to the target", () => {
    const set = rules(
      [],
      [
        { id: "a", to: "x", kind: "direct", from: "$id" },
        { id: "b", to: "y", kind: "direct", from: "$classification" },
        { id: "c", to: "z", kind: "expression", expression: 'classification == "staff"' },
      ],
    );
    const classified: RuleSet = {
      ...set,
      classifications: [{ id: "staff", code: 20, kind: "user", when: "true" }],
    };
    const desired = compileEngine(classified).desire("directory", identity, now);
    expect(desired.attributes).toEqual({ x: "i-1", y: "staff", z: true });
  });

  it("who is not provisioned has no wishes", () => {
    const engine = compileEngine(ruleSet);
    const former = {
      ...identity,
      attributes: { ...identity.attributes, status: "Former employee" },
    };
    expect(engine.desire("directory", former, now)).toMatchObject({
      provisioned: false,
      enabled: null,
      attributes: {},
      because: { $provision: "dir-who" },
    });
  });

  it("an application that is no target is a mistake of the caller", () => {
    expect(() => compileEngine(ruleSet).desire("hr", identity, now)).toThrow(RangeError);
  });
});

describe("one engine for many objects", () => {
  it("an answer never depends on the objects before", () => {
    const engine = compileEngine(ruleSet);
    const answers = () => [
      engine.groupAttributes({ rule: "group-per-role", key: "x" }),
      engine.classify("user", identity.attributes, now),
      engine.mapInbound(account, now),
      engine.desire("directory", identity, now),
      engine.groupsFor(identity, now),
      engine.joinKeys(account),
      engine.identityKeys("user", identity.attributes),
    ];
    const first = answers();
    expect(answers()).toEqual(first);
    engine.desire("directory", identity, "2020-01-01T00:00:00Z");
    expect(answers().toReversed()).toEqual(first.toReversed());
    expect(answers()).toEqual(first);
  });

  it("`now` must be an instant", () => {
    expect(() => compileEngine(ruleSet).mapInbound(account, "soon")).toThrow(RangeError);
  });

  it("a group rule that wants too many groups, or keys that are no text, wants none", () => {
    const failureOf = (each: string, roles: readonly string[]) => {
      const engine = compileEngine({
        ...ruleSet,
        groups: [{ id: "group-per-role", each, mappers: [] }],
      });
      const attributes = { ...identity.attributes, roles };
      const wanted = engine.groupsFor({ ...identity, attributes }, now);
      expect(wanted.groups).toEqual([]);
      return wanted.failures.map(({ mapper, code }) => [mapper, code]);
    };
    const many = Array.from({ length: 1_001 }, (_, at) => `role-${at}`);
    expect(failureOf("identity.roles", many)).toEqual([["group-per-role", "EXPRESSION_LIMIT"]]);
    const numbers = "identity.roles.map(r, size(r))";
    expect(failureOf(numbers, ["a"])).toEqual([["group-per-role", "EXPRESSION_TYPE"]]);
  });

  it("asks for group rules and groups of users only", () => {
    const engine = compileEngine(ruleSet);
    expect(engine.groupsFor({ ...identity, kind: "group" }, now).groups).toEqual([]);
    expect(() => engine.groupAttributes({ rule: "none", key: "x" })).toThrow(RangeError);
  });
});
