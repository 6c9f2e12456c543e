import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connector, ConnectorObject, ConnectorWrite, WriteResult } from "../connector.js";
import { hostileTexts } from "../testing/hostile-texts.fixture.js";
import { hostileWords } from "../testing/hostile-words.fixture.js";
import { readAll } from "../testing/read-all.js";
import { connectJson, exampleFor, HrApi } from "./hr-api.fixture.js";
import { fillText } from "./templates.js";

const signal = new AbortController().signal;

describe("values that want to be more than values", () => {
  let api: HrApi;
  let connector: Connector;
  let bystander: ConnectorObject;
  beforeAll(async () => {
    api = await HrApi.start();
    connector = await connectJson(await exampleFor("hr-rest-api", api.origin));
    bystander = await one(create("bystander", { note: "kept" }));
  });
  afterAll(async () => {
    await connector.close();
    await api[Symbol.asyncDispose]();
  });

  const create = (login: string, more: Record<string, string | string[]> = {}): ConnectorWrite =>
    ({ operation: "create", id: `create ${login}`, kind: "user", attributes: { login, ...more } });
  const write = async (writes: readonly ConnectorWrite[]): Promise<readonly WriteResult[]> =>
    await connector.writes?.write(writes, signal) ?? [];
  const one = async (each: ConnectorWrite): Promise<ConnectorObject> => {
    const [result] = await write([each]);
    if (result?.ok === true && result.object !== undefined) return result.object;
    throw new Error(JSON.stringify(result));
  };
  const outcome = (result: WriteResult): string =>
    (result.ok ? result.already === true ? "already" : "done" : result.code);

  test("there are enough of them, each once", () => {
    expect(hostileWords.length).toBeGreaterThanOrEqual(100);
    expect(new Set(hostileWords).size).toBe(hostileWords.length);
  });

  test("as names and values they come back byte by byte, and do nothing", async () => {
    const made: ConnectorObject[] = [];
    for (const word of hostileWords) {
      made.push(await one(create(word, { note: word, familyName: word, emails: [word] })));
    }
    const again = await write(hostileWords.map((word) => create(word)));
    expect(new Set(again.map(outcome))).toEqual(new Set(["already"]));
    expect(again.map((each) => (each.ok ? each.object?.anchor : undefined)))
      .toEqual(made.map(({ anchor }) => anchor));
    const { objects, skips, error } = await readAll(connector);
    expect([skips, error]).toEqual([[], undefined]);
    expect(objects).toHaveLength(hostileWords.length + 1);
    for (const [at, word] of hostileWords.entries()) {
      const anchor = made[at]?.anchor ?? "";
      expect(objects.find((each) => each.anchor === anchor)).toMatchObject({
        name: word, attributes: { login: word, note: word, familyName: word, emails: [word] },
      });
      expect(api.people.find(anchor)).toMatchObject({
        note: word, name: { family: word }, contact: { emails: [{ address: word }] },
        origin: "joinery", account: { status: "active" },
      });
    }
    const changes = await write(made.map((each, at) => ({
      operation: "update", id: `u${at}`, kind: "user", anchor: each.anchor, name: each.name,
      changes: { note: { before: hostileWords[at] ?? "", after: `r ${hostileWords[at] ?? ""}` } },
    })));
    expect(changes.map((each) => (each.ok ? each.object?.attributes["note"] : undefined)))
      .toEqual(hostileWords.map((word) => `r ${word}`));
    expect(api.people.find(bystander.anchor)).toMatchObject({ note: "kept" });
    expect(Object.hasOwn(Object.prototype, "a") || "isAdmin" in {}).toBe(false);
  }, 120_000);

  test("as anchors they reach nobody, and as members they take nobody away", async () => {
    const team = await one({
      operation: "create", id: "team", kind: "group", attributes: { label: "team" },
    });
    const { anchor, name } = team;
    const members = (add: readonly string[], remove: readonly string[]): ConnectorWrite =>
      ({ operation: "members", id: "m", anchor, name, add, remove });
    const others = hostileWords.map((word) => `m ${word}`);
    const [added] = await write([members([bystander.anchor, ...others], [])]);
    expect(added).toMatchObject({ ok: true });
    const held = () => [...api.members.get(anchor) ?? []].sort();
    expect(held()).toEqual([bystander.anchor, ...others].sort());
    expect((await write([members([], hostileWords)])).map(outcome)).toEqual(["already"]);
    expect((await write([members([], others.slice(0, 40))])).map(outcome)).toEqual(["done"]);
    expect(held()).toEqual([bystander.anchor, ...others.slice(40)].sort());
    const before = JSON.stringify([...api.people.stored]);
    for (const word of hostileWords) {
      const object = { id: "x", kind: "user", anchor: word, name: "bystander" } as const;
      const results = await write([
        { ...object, operation: "update", changes: { note: { after: "taken" } } },
        { ...object, operation: "delete" },
      ]);
      for (const each of results) {
        expect([word, outcome(each)]).toEqual(
          [word, expect.stringMatching(/^(?:already|OBJECT_GONE|VALUE_INVALID)$/)],
        );
      }
    }
    expect(JSON.stringify([...api.people.stored])).toBe(before);
    const paths = api.seen.map(({ path }) => path);
    expect(paths.every((path) => /^\/(?:api\/(?:people|teams)(?:\/|$)|oauth\/token$)/.test(path)))
      .toBe(true);
  }, 120_000);

  test("what no text may be, and what is no attribute, is refused before it is sent", async () => {
    const results = await write(["a\0b", "\ud800", "x\udc00"].map((word) => create(word)));
    expect(results.map(outcome)).toEqual(["VALUE_INVALID", "VALUE_INVALID", "VALUE_INVALID"]);
    const names = ["__proto__", "constructor", "id", "password", "account", "account.login", ""];
    const unknown = await write(names.map((each) => create("nobody", { [each]: "x" })));
    expect(new Set(unknown.map(outcome))).toEqual(new Set(["VALUE_INVALID"]));
  });
});

test("in a query with a language of its own they stay within their quotes", () => {
  for (const word of hostileTexts) {
    const doubled = fillText("name eq {name:doubled}", { name: word });
    expect(doubled.slice(9, -1).replaceAll("''", "")).not.toContain("'");
    expect(doubled.slice(9, -1).replaceAll("''", "'")).toBe(word);
    expect(JSON.parse(fillText("{name:json}", { name: word }))).toBe(word);
    const plain = () => fillText("name={name:plain}", { name: word });
    if (/^[\w.~@-]+$/.test(word)) expect(plain()).toBe(`name=${word}`);
    else expect(plain).toThrow(/signs/);
  }
});
