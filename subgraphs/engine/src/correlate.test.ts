import { describe, expect, it } from "vitest";
import { correlate } from "./correlate.js";
import { compileEngine } from "./engine.js";
import { account, ruleSet } from "./fixtures.js";
import type { AccountState, Candidate, Correlation, JoinKey, JoiningRule } from "./model.js";
import type { RuleSet, Value } from "./model.js";

const key = (rule: string, text = "x"): JoinKey => ({ definition: 0, text, rule });
const free = (identity: string): Candidate => ({ identity, taken: false });
const taken = (identity: string): Candidate => ({ identity, taken: true });

describe("correlation", () => {
  const first = key("first");
  const second = key("second");
  it.each<[string, JoinKey[], Candidate[][], Correlation]>([
    ["no key is unmatched", [], [], { situation: "unmatched" }],
    ["nobody is unmatched", [first, second], [[], []], { situation: "unmatched" }],
    [
      "one free identity is unjoined",
      [first],
      [[free("i")]],
      { situation: "unjoined", identity: "i", rule: "first" },
    ],
    [
      "the first rule that finds anybody decides",
      [first, second],
      [[free("i")], [free("j"), free("k")]],
      { situation: "unjoined", identity: "i", rule: "first" },
    ],
    [
      "a later rule decides where the first finds nobody",
      [first, second],
      [[], [free("j")]],
      { situation: "unjoined", identity: "j", rule: "second" },
    ],
    [
      "one taken identity is disputed, and a later rule does not help",
      [first, second],
      [[taken("i")], [free("j")]],
      { situation: "disputed", rule: "first", candidates: ["i"] },
    ],
    [
      "two identities are disputed",
      [first],
      [[free("j"), free("i")]],
      { situation: "disputed", rule: "first", candidates: ["i", "j"] },
    ],
    [
      "one free and one taken are disputed",
      [first],
      [[free("i"), taken("j")]],
      { situation: "disputed", rule: "first", candidates: ["i", "j"] },
    ],
    [
      "two values of one rule that find the same identity are one",
      [key("first", "a"), key("first", "b")],
      [[free("i")], [free("i")]],
      { situation: "unjoined", identity: "i", rule: "first" },
    ],
    [
      "an identity that is taken by any of a rule's keys is taken",
      [key("first", "a"), key("first", "b")],
      [[taken("i")], [free("i")]],
      { situation: "disputed", rule: "first", candidates: ["i"] },
    ],
    [
      "two values of one rule that find different identities are disputed",
      [key("first", "a"), key("first", "b"), second],
      [[free("i")], [free("j")], [free("k")]],
      { situation: "disputed", rule: "first", candidates: ["i", "j"] },
    ],
  ])("%s", (_promise, keys, candidates, expected) => {
    expect(correlate(keys, candidates)).toEqual(expected);
  });

  it("refuses candidates that do not belong to the keys", () => {
    expect(() => correlate([first], [])).toThrow(RangeError);
  });
});

function withJoins(joins: readonly JoiningRule[]): RuleSet {
  const hr = { user: { inbound: { joins, mappers: [] } } };
  return { ...ruleSet, applications: { hr }, groups: [] };
}

function offers(
  joins: readonly JoiningRule[],
  attributes: Record<string, Value>,
): readonly JoinKey[] {
  const one: AccountState = { ...account, attributes };
  return compileEngine(withJoins(joins)).joinKeys(one);
}

const byMail: JoiningRule = { id: "mail", match: [{ account: "mail", identity: "mail" }] };
const byBoth: JoiningRule = {
  id: "both",
  match: [
    { account: "surname", identity: "surname", normalise: ["trim", "casefold"] },
    { account: "firstname", identity: "givenName" },
  ],
};

describe("joining keys", () => {
  it("the same comparison in two applications, in any order, is one definition", () => {
    const turned: JoiningRule = { id: "turned", match: byBoth.match.toReversed() };
    const engine = compileEngine({
      ...withJoins([byBoth]),
      applications: {
        hr: { user: { inbound: { joins: [byBoth], mappers: [] } } },
        crm: { user: { inbound: { joins: [turned], mappers: [] } } },
      },
    });
    expect(engine.keyDefinitions).toEqual([
      {
        kind: "user",
        id: 'user:[["givenName",[]],["surname",["casefold","trim"]]]',
        identityAttributes: ["givenName", "surname"],
        normalisers: [[], ["casefold", "trim"]],
      },
    ]);
  });

  it("case is folded where the identity's attribute ignores it", () => {
    expect(offers([byMail], { mail: "A@B.C" })[0]?.text).toBe("a@b.c");
  });

  it.each<[string, Record<string, Value>]>([
    ["missing", { firstname: "Ana" }],
    ["empty", { firstname: "Ana", surname: "" }],
    ["only white space", { firstname: "Ana", surname: "  " }],
  ])("no key is offered where a part is %s", (_what, attributes) => {
    expect(offers([byBoth], attributes)).toEqual([]);
  });

  it("parts never run into each other", () => {
    const one = offers([byBoth], { firstname: "a", surname: 'b","c' });
    const other = offers([byBoth], { firstname: 'a","b', surname: "c" });
    expect(one[0]?.text).not.toBe(other[0]?.text);
  });

  it("each of several values is a key, in the rules' order", () => {
    const keys = offers([byMail, byBoth], {
      mail: ["b@x", "a@x"],
      surname: "S",
      firstname: "F",
    });
    expect(keys.map(({ rule, text }) => [rule, text])).toEqual([
      ["mail", "b@x"],
      ["mail", "a@x"],
      ["both", '["F","s"]'],
    ]);
  });

  it("long values are found by their digest, and nobody can pretend to one", () => {
    const long = "x".repeat(5_000);
    const [digest] = offers([byMail], { mail: long });
    expect(digest?.text).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(offers([byMail], { mail: digest?.text ?? "" })[0]?.text).not.toBe(digest?.text);
    const found = compileEngine(withJoins([byMail])).identityKeys("user", { mail: long });
    expect(found).toEqual([{ definition: 0, text: digest?.text }]);
  });

  it("anchor and name of the account may be compared", () => {
    const rule: JoiningRule = {
      id: "r",
      match: [{ account: "$anchor", identity: "employeeNumber" }],
    };
    expect(offers([rule], {})[0]?.text).toBe("1001");
  });

  it.each<[string, string, string]>([
    ["a confusable letter of another script", "аna@example.com", "ana@example.com"],
    ["a dotless i", "ılse@example.com", "ilse@example.com"],
    ["white space within", "an a@example.com", "ana@example.com"],
    ["a mark", "anä@example.com", "ana@example.com"],
    ["an added tag", "ana+x@example.com", "ana@example.com"],
    ["a zero-width space", "an\u200ba@example.com", "ana@example.com"],
  ])("%s does not take over somebody's account", (_what, claimed, real) => {
    const engine = compileEngine(withJoins([byMail]));
    const [offered] = engine.joinKeys({ ...account, attributes: { mail: claimed } });
    const [kept] = engine.identityKeys("user", { mail: real });
    expect(offered?.text).not.toBe(kept?.text);
  });
});
