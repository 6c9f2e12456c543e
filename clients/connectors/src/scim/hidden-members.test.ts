import { afterEach, beforeEach, expect, test } from "vitest";
import type { Connector, ConnectorMember, WriteResult } from "../connector.js";
import {
  scriptedWebServer, type ScriptedAnswer, type ScriptedWebServer, type SeenRequest,
} from "../http/scripted-web-server.fixture.js";
import { outcomes } from "../ldap/directory.fixture.js";
import { isDiscovery, unknown } from "./list-server.fixture.js";
import { connectScim, settingsFor } from "./scimmy.fixture.js";

const signal = new AbortController().signal;

/** What a server that behaves as IAM Identity Center documents has. */
let members: Map<string, Set<string>>;
let people: Set<string>;
let server: ScriptedWebServer;
let connector: Connector;

beforeEach(async () => {
  people = new Set(Array.from({ length: 250 }, (_, at) => `user-${at}`));
  members = new Map(Array.from({ length: 120 }, (_, at) => [`group-${at}`, new Set<string>()]));
  server = await scriptedWebServer(answer);
  connector = await connectScim({
    ...settingsFor(server.url), dialect: "aws-identity-center", users: {}, groups: {},
  });
});
afterEach(async () => {
  await connector.close();
  await server[Symbol.asyncDispose]();
});

const refusal: ScriptedAnswer = { status: 400, body: { schema: "Error", detail: "Validation" } };
const missing: ScriptedAnswer = { status: 404, body: { schema: "Error", detail: "ResourceNot" } };

function answer(request: SeenRequest): ScriptedAnswer {
  if (isDiscovery(request)) return unknown;
  const [, kind = "", id] = /^\/scim\/v2\/(Users|Groups)(?:\/(.+))?$/.exec(request.path) ?? [];
  if (request.method === "PATCH") return patch(id ?? "", request.body);
  const all = kind === "Users" ? [...people] : [...members.keys()];
  if (id !== undefined) return all.includes(id) ? { body: shown(kind, id) } : missing;
  const filter = request.query.get("filter");
  const found = filter === null ? all : filtered(filter);
  return "length" in found ? page(kind, found, request) : found;
}

function filtered(filter: string): readonly string[] | ScriptedAnswer {
  const inGroup = /^id eq "([\w-]+)" and members eq "([\w-]+)"$/.exec(filter);
  const ofPerson = /^members\.value eq "([\w-]+)"$/.exec(filter);
  const [person, group] = inGroup === null ? [ofPerson?.[1]] : [inGroup[2], inGroup[1]];
  if (person === undefined) return refusal;
  if (!people.has(person)) return missing;
  return [...members].filter(([id, inside]) =>
    inside.has(person) && (group === undefined || id === group)).map(([id]) => id);
}

const shown = (kind: string, id: string): object => (kind === "Users"
  ? { id, userName: id, active: true } : { id, displayName: id, members: [] });

/** A hundred on a page, and more of them by cursor alone. */
function page(kind: string, ids: readonly string[], { query }: SeenRequest): ScriptedAnswer {
  const count = Math.min(Number(query.get("count") ?? "100"), 100);
  const cursor = query.get("cursor");
  const from = Number(cursor ?? "0");
  const Resources = ids.slice(from, from + count).map((id) => shown(kind, id));
  if (cursor === null) {
    return { body: { totalResults: Resources.length, startIndex: 1, Resources } };
  }
  const next = from + count < ids.length ? { nextCursor: String(from + count) } : {};
  return { body: { itemsPerPage: Resources.length, ...next, Resources } };
}

interface MemberOperation {
  readonly op: string;
  readonly path: string;
  readonly value?: readonly { readonly value: string }[];
}

function patch(id: string, body: string): ScriptedAnswer {
  const inside = members.get(id);
  if (inside === undefined) return missing;
  const { Operations } = JSON.parse(body) as { readonly Operations: readonly MemberOperation[] };
  const changes = Operations.flatMap(({ value = [] }) => value).length;
  const isKnown = Operations.every(({ op, path, value }) =>
    /^(?:add|remove)$/.test(op) && path === "members" && value !== undefined);
  if (!isKnown || changes > 100) return refusal;
  for (const { op, value = [] } of Operations) {
    for (const each of value) {
      if (op === "add") inside.add(each.value);
      else inside.delete(each.value);
    }
  }
  return { status: 204 };
}

async function read(): Promise<readonly ConnectorMember[]> {
  const found: ConnectorMember[] = [];
  for await (const batch of connector.reads?.read({ signal, batchSizeMax: 70 }) ?? []) {
    if (batch.type !== "members") continue;
    expect(batch.members.length).toBeLessThanOrEqual(70);
    found.push(...batch.members);
  }
  return found;
}

async function change(
  group: string, add: readonly string[], remove: readonly string[] = [],
): Promise<readonly WriteResult[]> {
  return await connector.writes?.write([
    { operation: "members", id: "m", anchor: group, name: group, add, remove },
  ], signal) ?? [];
}

const patches = () => server.seen.filter(({ method }) => method === "PATCH");

test("who is in a group that is shown without members is asked for, person by person", async () => {
  const wanted: ConnectorMember[] = [];
  for (const [at, group] of [...members.keys()].entries()) {
    for (const person of ["user-7", `user-${at}`, `user-${249 - at}`]) {
      if (members.get(group)?.has(person) === true) continue;
      members.get(group)?.add(person);
      wanted.push({ group, member: person });
    }
  }
  const key = (each: ConnectorMember) => `${each.group} ${each.member}`;
  // One is in 120 groups, more than a page holds.
  expect((await read()).map(key).sort()).toEqual(wanted.map(key).sort());
});

test("whoever goes while members are asked for is no error", async () => {
  members.get("group-1")?.add("user-1").add("user-2");
  const ask = server.answer;
  server.answer = (request) => {
    if (request.query.get("filter")?.startsWith("members.value") === true) people.delete("user-2");
    return ask(request);
  };
  expect(await read()).toEqual([{ group: "group-1", member: "user-1" }]);
});

test("members come and go a hundred at a time, and nobody else is touched", async () => {
  const inside = members.get("group-5");
  inside?.add("user-0").add("user-1").add("user-2");
  const add = Array.from({ length: 230 }, (_, at) => `user-${at + 1}`);
  expect(outcomes(await change("group-5", add, ["user-0", "user-249"]))).toEqual(["done"]);
  // Two are in already, and one who shall leave is not in.
  expect([...(inside ?? [])].sort()).toEqual([...add].sort());
  const sizes = patches().map(({ body }) =>
    (JSON.parse(body) as { Operations: MemberOperation[] }).Operations
      .flatMap(({ value = [] }) => value).length);
  expect(sizes).toEqual([1, 100, 100, 28]);
  expect(outcomes(await change("group-5", add, ["user-0"]))).toEqual(["already"]);
  expect(patches()).toHaveLength(4);
});

test("a change whose answer is lost is done once it is tried again", async () => {
  const ask = server.answer;
  server.answer = async (request) => {
    const said = await ask(request);
    return request.method === "PATCH" ? { raw: (_, socket) => { socket.destroy(); } } : said;
  };
  expect(outcomes(await change("group-5", ["user-1"]))).toEqual(["CONNECTOR_UNREACHABLE"]);
  expect(outcomes(await change("group-5", ["user-1"]))).toEqual(["already"]);
  expect([...(members.get("group-5") ?? [])]).toEqual(["user-1"]);
});

test("a member who is not there is refused, a group that is not there is gone", async () => {
  expect(outcomes(await change("group-5", ["nobody"]))).toEqual(["VALUE_INVALID"]);
  expect(outcomes(await change("group-5", [], ["nobody"]))).toEqual(["already"]);
  expect(outcomes(await change("nowhere", ["user-1"]))).toEqual(["OBJECT_GONE"]);
  expect(patches()).toEqual([]);
});

test("nothing is told of changes where groups would come without their members", async () => {
  await expect(connector.changes?.begin(signal)).rejects.toMatchObject({ code: "MISCONFIGURED" });
});
