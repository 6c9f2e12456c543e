import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { plainStyle } from "../output/style.js";
import { decisionLines, planLines } from "../render/plan.js";
import { verdictLines } from "../render/run.js";
import { itemWith, patternWith } from "../testing/plans.js";
import { keyOf, runWith, waveWith } from "../testing/runs.js";
import { csvRecord } from "./csv.js";
import { itemText } from "./item-text.js";
import { patternWords } from "./pattern-words.js";

describe("a pattern in words", () => {
  const change = (attribute: string, how: string, from: string | null, to: string | null) =>
    patternWith({ changes: [{ attribute, change: how, from, to }], items: 2, because: [] });

  test.each([
    [
      patternWith(),
      "update user: mail domain old.test → new.test, 4,213 people, by hr.mail",
    ],
    [change("title", "set", null, null), "update user: title set, 2 people"],
    [change("title", "cleared", null, null), "update user: title cleared, 2 people"],
    [change("mail", "case", null, null), "update user: upper and lower case of mail, 2 people"],
    [change("title", "spacing", null, null), "update user: spaces of title, 2 people"],
    [change("title", "changed", null, null), "update user: title, 2 people"],
    [change("vip", "changed", null, "true"), "update user: vip – → true, 2 people"],
    [change("$enabled", "changed", "true", "false"), "update user: disabled, 2 people"],
    [change("$enabled", "changed", null, "true"), "update user: enabled, 2 people"],
    [
      patternWith({ operation: "delete", changes: [], items: 1 }),
      "delete user: 1 person, by hr.mail",
    ],
    [
      patternWith({
        operation: "members", kind: "group", items: 3, because: ["hr", "team"],
        changes: ["add", "remove"].map((attribute) =>
          ({ attribute, change: "changed", from: null, to: null })),
      }),
      "members group: members come; members go, 3 groups, by hr team",
    ],
    [change("a\u001b[2J", "domain", "x\u202e", "y"),
      "update user: a\\u001b[2J domain x\\u202e → y, 2 people"],
  ])("%#: $digest", (pattern, words) => {
    expect(patternWords(pattern)).toBe(words);
  });
});

describe("a plan", () => {
  const plan = {
    count: 4_213, since: "2026-11-21T08:00:00Z", patterns: [patternWith()],
    breaches: [{
      applicationId: "app-crm", class: "delete", n: 290, limit: 15, population: 300, rule: "share",
    }],
  };

  test("tells how much waits, for what the guard would hold it, and an example of each", () => {
    expect(planLines({ key: "crm", plan, isFourEyes: true }, plainStyle)).toEqual([
      "crm: 4,213 changes wait for approval, the oldest since 2026-11-21 08:00:00Z",
      "two people have to approve each of them",
      "over a limit: 290 × delete, at most 15 of 300",
      "",
      "update user: mail domain old.test → new.test, 4,213 people, by hr.mail",
      `  pattern  ${"cd".repeat(16)}`,
      `  such as  hash ${"ab".repeat(32)}`,
      "    mail: ada@old.test → ada@new.test",
    ]);
  });

  test("of which nothing is left says so", () => {
    const none = { ...plan, count: 0, patterns: [], breaches: [] };
    expect(planLines({ key: "crm", plan: none, isFourEyes: false }, plainStyle))
      .toEqual(["nothing of crm waits for approval"]);
  });

  test.each([
    [{ items: 1, pending: 2, unknown: 3 }, "approve", [
      "1 change may leave now", "2 changes wait for another person's approval",
      "3 hashes wait for nobody any more",
    ]],
    [{ items: 2, pending: 0, unknown: 0 }, "reject", ["2 changes given up"]],
    [{ items: 0, pending: 0, unknown: 0 }, "approve",
      ["nothing: you approved it before, and another person has to"]],
  ] as const)("decided about: %j by %s", (outcome, verb, lines) => {
    expect(decisionLines(outcome, verb)).toEqual(lines);
  });
});

describe("a run that waits for approval", () => {
  const wave = (process: string, signOff: boolean) =>
    waveWith({ process, state: "held", applicationId: "app-crm", signOff });
  const hintsOf = (...waves: ReturnType<typeof wave>[]) =>
    verdictLines(runWith({ state: "held", code: "SIGN_OFF", waves }), keyOf, plainStyle).slice(1);

  test("says which command shows the plan, and which approves it", () => {
    expect(hintsOf(wave("export", true))).toEqual([
      "look at the plan: joinery plan show crm",
      "and approve it:   joinery plan approve crm",
    ]);
  });

  test("shows what would change in the vault before it lets it through", () => {
    expect(hintsOf(wave("inbound", false))).toEqual([
      "look at it:     joinery run show run-1 --changes",
      "let it through: joinery run release run-1",
      "or give it up:  joinery run discard run-1",
    ]);
  });

  test("and is held by a guard too says both", () => {
    expect(hintsOf(wave("export", true), wave("export", false))).toHaveLength(4);
  });
});

describe("CSV", () => {
  test.each([
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "'=1", "''=1",
    "＝1", "＋1", "－1", "＠1", "=HYPERLINK(\"http://x.example\",\"a\")", "-2+3+cmd|' /C calc'!A0",
    "\ufeff=1",
  ])("a cell %j is no formula, and nothing of it is lost", (cell) => {
    const [[first = ""] = []] = parse(csvRecord([cell]));
    expect(first).toBe(`'${cell}`);
  });

  test.each(["", "a", "a,b", 'a"b', '""', "a\r\nb", "a\nb", " a ", "ä\u{1f600}", "1-2", "a=b"])(
    "a cell %j comes back as it was",
    (cell) => {
      const line = csvRecord(["x", cell, "y"]);
      expect(line.endsWith("\r\n")).toBe(true);
      expect(parse(line)).toEqual([["x", cell, "y"]]);
    },
  );

  const rows = (text: string) =>
    parse(text, { columns: true }) as readonly Readonly<Record<string, string>>[];

  test("has one record for each attribute that changes, and one where none does", () => {
    const text = itemText("csv", keyOf, false);
    const update = itemWith({
      before: { mail: null, phone: "+49 30", tags: ["a", "b"] },
      after: { mail: "=cmd()", phone: "", tags: [] }, classes: ["blanking", "update"],
    });
    const all = rows(text.head + text.of(update) + text.of(itemWith({
      operation: "delete", before: {}, after: {}, identityId: null,
    })));
    expect(all.map(({ attribute, before, after }) => [attribute, before, after])).toEqual([
      ["mail", "", "'=cmd()"], ["phone", "'+49 30", ""], ["tags", '["a","b"]', "[]"],
      ["", "", ""],
    ]);
    expect(all[0]).toMatchObject({
      item: "1", application: "crm", because: "hr.mail", classes: "blanking update",
      hash: "ab".repeat(32), state: "proposed",
    });
  });

  test("on a terminal moves no cursor; in a file it is as it is", () => {
    const item = itemWith({ before: {}, after: { mail: "a\u001b[2J" } });
    expect(itemText("csv", keyOf, true).of(item)).toContain("a\\u001b[2J");
    expect(itemText("csv", keyOf, false).of(item)).toContain("a\u001b[2J");
  });
});

test("JSON lines are exact, one document a line whatever stands in it", () => {
  const item = itemWith({
    before: { a: "=1", b: "\u2028\u202e\u009b", c: null }, after: { a: "x\ny", n: 0.1, l: [] },
  });
  const line = itemText("jsonl", keyOf, false).of(item);
  expect(line.indexOf("\n")).toBe(line.length - 1);
  expect(JSON.parse(line)).toEqual(item);
  // eslint-disable-next-line no-control-regex -- what a terminal would obey
  expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
});
