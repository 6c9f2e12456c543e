import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connector, ConnectorObject, ConnectorWrite, WriteResult } from "../connector.js";
import { outcomes } from "../ldap/directory.fixture.js";
import { hostileTexts } from "../testing/hostile-texts.fixture.js";
import { hostileWords as hostile } from "../testing/hostile-words.fixture.js";
import { readAll } from "../testing/read-all.js";
import { allOf, equalTo } from "./filter.js";
import { connectScim, settingsFor, startScimmy, type ScimmyServer } from "./scimmy.fixture.js";

/** scimmy puts ids into a filter of its own unescaped, and answers 500 to those it breaks. */
const nobody = /^(?:already|OBJECT_GONE|VALUE_INVALID|CONNECTOR_BUSY)$/;

const signal = new AbortController().signal;

describe("values that want to be more than values", () => {
  let server: ScimmyServer;
  let connector: Connector;
  let bystander: ConnectorObject;
  beforeAll(async () => {
    server = await startScimmy({ unique: false });
    connector = await connectScim({ ...settingsFor(server.url), users: { pageSize: 200 } });
    bystander = await one(create("bystander", { title: "kept" }));
  });
  afterAll(async () => {
    await connector.close();
    await server.stop();
  });

  const create = (
    userName: string, more: Readonly<Record<string, string | readonly string[]>> = {},
  ): ConnectorWrite => ({
    operation: "create", id: `create ${userName}`, kind: "user", attributes: { userName, ...more },
  });
  const write = async (writes: readonly ConnectorWrite[]): Promise<readonly WriteResult[]> =>
    await connector.writes?.write(writes, signal) ?? [];
  const one = async (each: ConnectorWrite): Promise<ConnectorObject> => {
    const [result] = await write([each]);
    if (result?.ok === true && result.object !== undefined) return result.object;
    throw new Error(JSON.stringify(result));
  };

  test("there are enough of them, each once", () => {
    expect(hostile.length).toBeGreaterThanOrEqual(150);
    expect(new Set(hostile).size).toBe(hostile.length);
  });

  test("as names and values they come back byte by byte, and do nothing", async () => {
    const made: ConnectorObject[] = [];
    for (const word of hostile) {
      made.push(await one(create(word, {
        title: word, "name.familyName": word, emails: [word],
        "addresses[type eq \"work\"].locality": word,
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": word,
      })));
    }
    const again = await write(hostile.map((word) => create(word)));
    expect(new Set(outcomes(again))).toEqual(new Set(["already"]));
    expect(again.map((each) => (each.ok ? each.object?.anchor : undefined)))
      .toEqual(made.map(({ anchor }) => anchor));
    const { objects, skips, error } = await readAll(connector);
    expect([skips, error]).toEqual([[], undefined]);
    const read = made.map(({ anchor }) => objects.find((each) => each.anchor === anchor));
    expect(read).toEqual(made);
    for (const [at, word] of hostile.entries()) {
      expect(read[at]).toMatchObject({ name: word, attributes: {
        userName: word, title: word, "name.familyName": word, emails: [word],
        "addresses[type eq \"work\"].locality": word, externalId: `create ${word}`,
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": word,
      } });
      expect(server.users.get(made[at]?.anchor ?? "")).toMatchObject({ title: word });
    }
    expect(objects).toHaveLength(hostile.length + 1);
    const changes = await write(made.map((each, at) => ({
      operation: "update", id: `u${at}`, kind: "user", anchor: each.anchor, name: each.name,
      changes: { title: { before: hostile[at] ?? "", after: `r ${hostile[at] ?? ""}` } },
    })));
    expect(new Set(outcomes(changes))).toEqual(new Set(["done"]));
    expect(changes.map((each) => (each.ok ? each.object?.attributes["title"] : undefined)))
      .toEqual(hostile.map((word) => `r ${word}`));
    expect(server.users.get(bystander.anchor)).toMatchObject({ title: "kept" });
    expect(Object.hasOwn(Object.prototype, "a") || "isAdmin" in {}).toBe(false);
  }, 180_000);

  test("as anchors they reach nobody, and as members they take nobody away", async () => {
    const team = await one({
      operation: "create", id: "team", kind: "group", attributes: { displayName: "team" },
    });
    const { anchor, name } = team;
    const members = (add: readonly string[], remove: readonly string[]): ConnectorWrite =>
      ({ operation: "members", id: "m", anchor, name, add, remove });
    const others = hostile.map((word) => `m ${word}`);
    expect(outcomes(await write([members([bystander.anchor, ...others], [])]))).toEqual(["done"]);
    const held = (): readonly string[] => {
      const there = server.groups.get(anchor)?.["members"] as readonly { value: string }[];
      return there.map(({ value }) => value).sort();
    };
    expect(held()).toEqual([bystander.anchor, ...others].sort());
    for (const word of hostile) {
      const [removed] = await write([members([], [word])]);
      expect(outcomes(removed === undefined ? [] : [removed])).toEqual(["already"]);
    }
    expect(held()).toEqual([bystander.anchor, ...others].sort());
    const count = server.users.size;
    for (const word of hostile) {
      const object = { id: "x", kind: "user", anchor: word, name: "bystander" } as const;
      const results = await write([
        { ...object, operation: "update", changes: { title: { after: "taken" } } },
        { ...object, operation: "delete" },
      ]);
      for (const each of results) {
        const [outcome = ""] = outcomes([each]);
        expect([word, outcome]).toEqual([word, expect.stringMatching(nobody)]);
      }
    }
    expect(server.users.size).toBe(count);
    expect(server.users.get(bystander.anchor)).toMatchObject({ title: "kept" });
  }, 180_000);

  test("what no text may be is refused before it is sent", async () => {
    const results = await write(["a\0b", "\ud800", "x\udc00"].map((word) => create(word)));
    expect(outcomes(results)).toEqual(["VALUE_INVALID", "VALUE_INVALID", "VALUE_INVALID"]);
    const names = ["__proto__", "constructor", "members", "password", "id", "meta.created", "a b"];
    const unknown = await write(names.map((name) => create("nobody", { [name]: "x" })));
    expect(new Set(outcomes(unknown))).toEqual(new Set(["VALUE_INVALID"]));
  });
});

test("in a filter they stay within their quotes", () => {
  for (const text of hostileTexts) {
    const filter = allOf(equalTo("userName", text), 'meta.lastModified ge "2026-01-01T00:00:00Z"');
    const [, quoted = ""] = /^\(userName eq ("(?:[^"\\]|\\.)*")\) and \(meta/s.exec(filter) ?? [];
    expect(JSON.parse(quoted)).toBe(text);
  }
});
