import { expect, test } from "vitest";
import type { Connector, ConnectorObject, ConnectorWrite, WriteResult } from "../connector.js";
import { readAll } from "../testing/read-all.js";
import { connectJson, exampleFor, HrApi } from "./hr-api.fixture.js";

type Json = Record<string, unknown>;
const signal = new AbortController().signal;

async function open(
  api: HrApi, change: (settings: Json) => void = () => undefined,
): Promise<Connector> {
  const settings = await exampleFor("hr-rest-api", api.origin);
  change(settings);
  return connectJson(settings);
}

const at = (json: Json, ...path: readonly string[]): Json =>
  path.reduce((found, name) => found[name] as Json, json);

async function one(connector: Connector, write: ConnectorWrite): Promise<WriteResult> {
  const [result] = await connector.writes?.write([write], signal) ?? [];
  if (result === undefined) throw new Error("no answer");
  return result;
}

async function made(connector: Connector, write: ConnectorWrite): Promise<ConnectorObject> {
  const result = await one(connector, write);
  if (result.ok && result.object !== undefined) return result.object;
  throw new Error(JSON.stringify(result));
}

const person: ConnectorWrite = {
  operation: "create", id: "i1", kind: "user",
  attributes: { login: "ann", note: "old", emails: ["a@example.org", "b@example.org"] },
};

test("only what changes is sent, and elements of a list keep all that they hold", async () => {
  await using api = await HrApi.start();
  const connector = await open(api);
  const { anchor, name } = await made(connector, person);
  const stored = api.people.find(anchor);
  if (stored === undefined) throw new Error("nobody was created");
  api.people.save({ ...stored, contact: { phone: "1", emails: [
    { address: "a@example.org", verified: true }, { address: "b@example.org", verified: false },
  ] } });
  await one(connector, {
    operation: "update", id: "u", kind: "user", anchor, name,
    changes: { emails: { before: null, after: null }, note: { before: "old", after: null } },
  });
  const refused = await one(connector, {
    operation: "update", id: "u", kind: "user", anchor, name,
    changes: { emails: { after: ["b@example.org", "c@example.org"] } },
  });
  expect(refused).toMatchObject({ ok: true });
  const patches = api.seen.filter(({ method }) => method === "PATCH");
  expect(patches.map(({ body }) => JSON.parse(body) as unknown)).toEqual([{ contact: { emails: [
    { address: "b@example.org", verified: false }, { address: "c@example.org" },
  ] } }]);
  expect(patches[0]?.headers["content-type"]).toBe("application/merge-patch+json");
  expect(api.people.find(anchor)).toMatchObject({ note: "old", contact: { phone: "1" } });
  await connector.close();
});

test("a whole object is sent as it was read, with what the settings know nothing of", async () => {
  await using api = await HrApi.start();
  const connector = await open(api);
  const { anchor, name } = await made(connector, {
    operation: "create", id: "g1", kind: "group", attributes: { label: "team", note: "old" },
  });
  const stored = api.teams.find(anchor);
  if (stored !== undefined) api.teams.save({ ...stored, cost: { centre: 7 } });
  const result = await one(connector, {
    operation: "update", id: "u", kind: "group", anchor, name,
    changes: { note: { before: "old", after: null }, label: { before: "team", after: "crew" } },
  });
  expect(result).toMatchObject({
    ok: true, object: { name: "crew", attributes: { label: "crew" } },
  });
  const sent = JSON.parse(api.seen.find(({ method }) => method === "PUT")?.body ?? "") as Json;
  expect(sent).toMatchObject({ label: "crew", cost: { centre: 7 }, ref: "g1" });
  expect(Object.keys(sent)).not.toEqual(expect.arrayContaining(["note"]));
  expect(Object.keys(sent)).not.toEqual(expect.arrayContaining(["id"]));
  await connector.close();
});

test("a state that has requests of its own is written by them", async () => {
  await using api = await HrApi.start();
  const states = { on: "active", off: "inactive" } as const;
  api.before = ({ method, path }) => {
    const [, id = "", word] = /^\/api\/people\/([^/]+)\/(on|off)$/.exec(path) ?? [];
    const found = api.people.find(id);
    if (method !== "POST" || found === undefined) return undefined;
    const status = states[word as "on"];
    api.people.save({ ...found, account: { ...found["account"] as Json, status } });
    return { status: 204 };
  };
  const connector = await open(api, (settings) => {
    Object.assign(at(settings, "users", "writes"), {
      enable: { method: "POST", path: "/people/{anchor}/on" },
      disable: { method: "POST", path: "/people/{anchor}/off" },
    });
  });
  const object = await made(connector, { ...person, enabled: false } as ConnectorWrite);
  expect(object.enabled).toBe(false);
  const { anchor, name } = object;
  const update = {
    operation: "update", id: "u", kind: "user", anchor, name, enabled: true,
    changes: { note: { before: "old", after: "new" } },
  } as const;
  expect(await one(connector, update)).toMatchObject({
    ok: true, object: { enabled: true, attributes: { note: "new" } },
  });
  expect(await one(connector, update)).toMatchObject({ ok: true, already: true });
  await connector.close();
});

test("a first password goes where the settings say, once, and is never read back", async () => {
  await using api = await HrApi.start();
  const connector = await open(api, (settings) => {
    Object.assign(at(settings, "users", "writes", "create"), { password: "account.password" });
  });
  const create = { ...person, password: { use: <T>(read: (plain: string) => T) => read("pw-1") } };
  expect(await one(connector, create as ConnectorWrite)).toMatchObject({
    ok: true, password: "set",
  });
  expect(await one(connector, create as ConnectorWrite)).toMatchObject({
    ok: true, already: true, password: "kept",
  });
  expect(api.seen.filter(({ body }) => body.includes("pw-1"))).toHaveLength(1);
  const { objects } = await readAll(connector);
  expect(JSON.stringify(objects)).not.toContain("pw-1");
  await connector.close();
});

test("members of a group can be its own list, and several go in one request", async () => {
  await using api = await HrApi.start();
  const bodies: string[] = [];
  api.before = ({ method, path, body }) => {
    const [, id = "", word] = /^\/api\/teams\/([^/]+)\/(add|remove)$/.exec(path) ?? [];
    const found = api.teams.find(id);
    if (method !== "POST" || found === undefined) return undefined;
    bodies.push(body);
    const { ids } = JSON.parse(body) as { readonly ids: readonly string[] };
    const there = ((found["crew"] ?? []) as readonly { readonly id: string }[])
      .filter((each) => !ids.includes(each.id));
    const added = word === "add" ? ids.map((each) => ({ id: each })) : [];
    api.teams.save({ ...found, crew: [...there, ...added] });
    return { status: 204 };
  };
  const connector = await open(api, (settings) => {
    const body = { ids: { $value: "members" } };
    at(settings, "groups")["members"] = {
      inGroup: { path: "crew", member: "id" }, perRequest: 2,
      add: { method: "POST", path: "/teams/{group}/add", body },
      remove: { method: "POST", path: "/teams/{group}/remove", body },
    };
  });
  const { anchor, name } = await made(connector, {
    operation: "create", id: "g", kind: "group", attributes: { label: "team" },
  });
  const members = { operation: "members", id: "m", anchor, name } as const;
  await one(connector, { ...members, add: ["a", "b", "c"], remove: ["x"] });
  await one(connector, { ...members, add: ["a"], remove: ["b"] });
  expect(bodies).toEqual(['{"ids":["a","b"]}', '{"ids":["c"]}', '{"ids":["b"]}']);
  expect((await readAll(connector)).members).toEqual([
    { group: anchor, member: "a" }, { group: anchor, member: "c" },
  ]);
  await connector.close();
});

test("what the settings have no request for, or protect, is refused", async () => {
  await using api = await HrApi.start();
  const connector = await open(api, (settings) => {
    const ways = at(settings, "users", "writes");
    for (const name of ["update", "delete"]) Reflect.deleteProperty(ways, name);
    settings["protected"] = ["p-2"];
  });
  const { anchor, name } = await made(connector, person);
  const object = { id: "x", kind: "user", anchor, name } as const;
  const codes = [
    await one(connector, { ...object, operation: "delete" }),
    await one(connector, { ...object, operation: "update", changes: { note: { after: "x" } } }),
    await one(connector, { ...object, operation: "delete", anchor: "p-2" }),
  ].map((each) => (each.ok ? "done" : each.code));
  expect(codes).toEqual(["VALUE_INVALID", "VALUE_INVALID", "PERMISSION_DENIED"]);
  expect(api.people.here).toHaveLength(1);
  await connector.close();
});
