import type { AuditEntryDetailsFragment, IdentityWhyQuery } from "@joinery/sdk";
import { describe, expect, test } from "vitest";
import { plainStyle } from "../output/style.js";
import { keyOf, runWith, waveWith } from "../testing/runs.js";
import { auditLines } from "./audit.js";
import { joinTable, whyLines } from "./identity.js";
import { problemLines } from "./rules.js";
import { runDetails, runTable, verdictLines } from "./run.js";

describe("a run", () => {
  const breaches = [
    {
      applicationId: "app-hr",
      class: "delete",
      n: 290,
      limit: 15,
      population: 300,
      rule: "share",
    },
  ];
  const held = runWith({
    state: "held",
    code: "GUARD_HELD",
    reason: "too many",
    waves: [waveWith({ state: "held", breaches })],
  });

  test("that is held says what holds it and how to decide", () => {
    expect(verdictLines(held, keyOf, plainStyle)).toEqual([
      "run run-1 is held: GUARD_HELD, too many",
      "  import of hr: 290 × delete, at most 15 of 300",
      "let it through: joinery run release run-1",
      "or give it up:  joinery run discard run-1",
    ]);
  });

  test("that is finished tells single errors by code and object, and not what once held it", () => {
    const errors = [
      {
        code: "ROW_INVALID",
        count: 7,
        samples: [
          { object: "line 3\u001b[2J", reason: "has 4 cells" },
          { object: "line 5", reason: "has 1" },
          { object: "line 6", reason: "has 2" },
          { object: "line 9", reason: "has 3" },
        ],
      },
    ];
    const finished = runWith({
      state: "finished",
      code: "GUARD_HELD",
      errors,
      startedAt: "2026-11-21T08:00:01Z",
      finishedAt: "2026-11-21T08:00:13Z",
    });
    expect(verdictLines(finished, keyOf, plainStyle)).toEqual([
      "run run-1 is finished after 12 s",
      "  7 × ROW_INVALID",
      "    line 3\\u001b[2J: has 4 cells",
      "    line 5: has 1",
      "    line 6: has 2",
    ]);
  });

  test("in full names its application, rule set and stages", () => {
    const lines = runDetails(runWith({ state: "queued", ruleSetVersion: 3 }), keyOf, plainStyle);
    expect(lines).toContain("application  hr");
    expect(lines).toContain("rule set     version 3");
    expect(lines).toContain("  import: waiting");
  });

  test("in a list is one line with what was read, changed, written and went wrong", () => {
    const counts = { read: 10, new: 1, changed: 2, gone: 3, itemsDone: 4 };
    const errors = [{ code: "A", count: 5, samples: [] }];
    const [, line] = runTable([runWith({ state: "failed", counts, errors })], keyOf, plainStyle);
    expect(line?.split(/ {2,}/)).toEqual([
      "run-1",
      "hr",
      "failed",
      "10",
      "6",
      "4",
      "5",
      "2026-11-21 08:00:00Z",
      "–",
    ]);
  });
});

describe("why", () => {
  type Explained = NonNullable<IdentityWhyQuery["identity"]>;
  const join = {
    accountId: "account-1",
    applicationId: "app-hr",
    anchor: "e-1",
    name: "ada",
    state: "present",
    situation: "joined",
    joinKind: "primary",
    joinRule: "by-number",
    candidates: null,
    failureCode: null,
    failureMapper: null,
  };
  const wish = { kind: "application", mapper: null, accountId: null, strength: "normal" };
  const identity: Explained = {
    id: "id-1",
    kind: "user",
    label: "Ada",
    classification: 0,
    state: "active",
    revision: 2,
    updatedAt: "2026-11-21T08:00:00Z",
    joins: [join],
    why: [
      {
        attribute: "mail",
        value: "a@hr",
        wishes: [
          { ...wish, value: "a@crm", source: "crm", precedence: 50, won: false },
          {
            ...wish,
            value: "a@hr",
            source: "hr",
            precedence: 10,
            won: true,
            accountId: "account-1",
            mapper: "hr-mail",
          },
        ],
      },
    ],
  };

  test("tells the winner first, with its account and mapper, then who lost", () => {
    expect(whyLines(identity, keyOf, plainStyle).slice(3, 6)).toEqual([
      "mail = a@hr",
      "  won   a@hr  from application hr  account ada  by hr-mail  normal, precedence 10",
      "  lost  a@crm  from application crm  normal, precedence 50",
    ]);
  });

  test("tells the accounts with the rule that joined each, or what keeps them apart", () => {
    const disputed = {
      ...join,
      situation: "disputed",
      joinRule: null,
      candidates: ["id-1", "id-2"],
    };
    const failed = {
      ...join,
      situation: "failed",
      joinRule: null,
      failureCode: "VALUE_INVALID",
      failureMapper: "hr-mail",
    };
    const [, ...lines] = joinTable([join, disputed, failed], keyOf, plainStyle);
    expect(lines.map((line) => line.split(/ {2,}/).at(-1))).toEqual([
      "joined by by-number",
      "disputed, claimed by id-1 id-2",
      "failed, VALUE_INVALID of hr-mail",
    ]);
  });
});

test("an audit entry names application and operator, and only what changed", () => {
  const entry: AuditEntryDetailsFragment = {
    id: "9",
    at: "2026-11-21T08:00:00Z",
    objectKind: "account",
    objectId: "account-1",
    identityId: "id-1",
    applicationId: "app-crm",
    runId: "run-1",
    operation: "export.update",
    before: { mail: "a@old", phone: "1", same: null },
    after: { mail: "a@new", title: "Dr" },
    because: ["crm-mail"],
    actorKind: "person",
    actorId: "operator-1",
  };
  const names = { application: keyOf, operator: () => "ada@example.com" };
  expect(auditLines([entry], names, plainStyle)).toEqual([
    "2026-11-21 08:00:00Z  export.update  account account-1  in crm  by person ada@example.com" +
      "  run run-1  because crm-mail",
    "    mail: a@old → a@new",
    "    phone: 1 → –",
    "    title: Dr",
  ]);
});

test("problems of a rule set say where", () => {
  const problems = [
    { path: "/applications/hr", code: "RULE_UNKNOWN_ATTRIBUTE", message: "there is no mial" },
    { path: "", code: "RULE_INVALID", message: "is an object" },
  ];
  expect(problemLines(problems)).toEqual([
    "/applications/hr  RULE_UNKNOWN_ATTRIBUTE: there is no mial",
    "/  RULE_INVALID: is an object",
  ]);
});
