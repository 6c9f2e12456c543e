import { afterEach, beforeEach, expect, test } from "vitest";
import type { Connector, ConnectorWrite, WriteResult } from "../connector.js";
import { outcomes } from "../ldap/directory.fixture.js";
import { connectScim, settingsFor, startScimmy, type ScimmyServer } from "./scimmy.fixture.js";

const signal = new AbortController().signal;
const plain = "a first Password of 2026";

let server: ScimmyServer;
let connector: Connector;
let passwords: (readonly [method: string, password: string])[];
beforeEach(async () => {
  server = await startScimmy();
  passwords = [];
  server.before = ({ method, body }) => {
    const text = JSON.stringify(body ?? {});
    if (text.includes(plain)) passwords.push([method, plain]);
    return false;
  };
  connector = await connectScim(settingsFor(server.url));
});
afterEach(async () => {
  await connector.close();
  await server.stop();
});

const write = async (...writes: readonly ConnectorWrite[]): Promise<readonly WriteResult[]> =>
  await connector.writes?.write(writes, signal) ?? [];
const create = (id: string, more: object = {}): ConnectorWrite => ({
  operation: "create", id, kind: "user", attributes: { userName: "ann" },
  password: { use: (read) => read(plain) }, ...more,
});

test("a first password is sent once, anew where the account is ours, shown nowhere", async () => {
  const [first, again] = await write(create("one"), create("one"));
  expect(first).toMatchObject({ ok: true, password: "set" });
  expect(again).toMatchObject({ ok: true, already: true, password: "set" });
  expect(passwords.map(([method]) => method)).toEqual(["POST", "PATCH"]);
  // The same name and no proof that it is ours: it keeps what it has.
  const [other] = await write(create("two"));
  expect(other).toMatchObject({ ok: true, already: true, password: "kept" });
  expect(passwords).toHaveLength(2);
  expect(JSON.stringify([first, again, other])).not.toContain(plain);
});

test("an account of the name that is not as asked is another's", async () => {
  await write(create("one", { attributes: { userName: "ann", title: "theirs" } }));
  const results = await write(
    create("two", { attributes: { userName: "ANN", title: "ours" } }),
    create("three", { attributes: { userName: "Ann", title: "theirs" }, enabled: false }),
    create("four", { attributes: { userName: "aNN", title: "theirs" } }),
  );
  expect(outcomes(results)).toEqual(["OBJECT_EXISTS", "OBJECT_EXISTS", "already"]);
  expect(server.users.size).toBe(1);
});

test("what the settings protect is never written", async () => {
  const [made] = await write(create("one"), create("team", {
    kind: "group", attributes: { displayName: "team" }, password: undefined,
  }));
  const anchor = made?.ok === true ? made.object?.anchor ?? "" : "";
  const [team = ""] = server.groups.keys();
  const careful = await connectScim({ ...settingsFor(server.url), protected: [anchor, team] });
  const results = await careful.writes?.write([
    {
      operation: "update", id: "u", kind: "user", anchor, name: "ann", enabled: false,
      changes: { title: { after: "x" } },
    },
    { operation: "delete", id: "d", kind: "user", anchor, name: "ann" },
    { operation: "members", id: "m", anchor: team, name: "team", add: [anchor], remove: [] },
  ], signal) ?? [];
  expect(new Set(outcomes(results))).toEqual(new Set(["PERMISSION_DENIED"]));
  expect(server.users.get(anchor)).not.toHaveProperty("title");
  await careful.close();
});

test("renaming is writing the name, and who has it already is told", async () => {
  const [made] = await write(create("one"), create("two", { attributes: { userName: "bob" } }));
  const anchor = made?.ok === true ? made.object?.anchor ?? "" : "";
  const rename = (after: string): ConnectorWrite => ({
    operation: "update", id: after, kind: "user", anchor, name: "ann",
    changes: { userName: { before: "ann", after } },
  });
  const results = await write(rename("Bob"), rename("anna"));
  expect(outcomes(results)).toEqual(["VALUE_TAKEN", "done"]);
  expect(results[1]).toMatchObject({ object: { anchor, name: "anna" } });
  expect(server.users.size).toBe(2);
});

test("one member who comes to a large group is two requests, and none names others", async () => {
  const [team = ""] = (await write(create("team", {
    kind: "group", attributes: { displayName: "team" }, password: undefined,
  }))).flatMap((each) => (each.ok ? each.object?.anchor ?? [] : []));
  const many = Array.from({ length: 3_000 }, (_, at) => `m${at}`);
  const members = (add: readonly string[], remove: readonly string[]): ConnectorWrite =>
    ({ operation: "members", id: "m", anchor: team, name: "team", add, remove });
  await write(members(many, []));
  const requests: (readonly [string, number])[] = [];
  server.before = ({ method, body }) => {
    requests.push([method, JSON.stringify(body ?? {}).length]);
    return false;
  };
  expect(outcomes(await write(members(["one"], [])))).toEqual(["done"]);
  expect(requests.map(([method]) => method)).toEqual(["GET", "PATCH"]);
  expect(requests[1]?.[1]).toBeLessThan(250);
});
