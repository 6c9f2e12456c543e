import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Connector, ConnectorWrite, WriteResult } from "../connector.js";
import { lose, manners } from "./lost-answers.fixture.js";
import {
  connectScim, settingsFor, startScimmy, token, type ScimmyServer,
} from "./scimmy.fixture.js";

const signal = new AbortController().signal;

let server: ScimmyServer;
let connector: Connector;
beforeEach(async () => { server = await startScimmy({ unique: false }); });
afterEach(async () => {
  await connector.close();
  await server.stop();
});

const user = (number: number): ConnectorWrite => ({
  operation: "create", id: `item-${number}`, kind: "user",
  attributes: { userName: `person-${number}`, title: "new", emails: [`p${number}@example.org`] },
});
const group = (number: number): ConnectorWrite => ({
  operation: "create", id: `item-g${number}`, kind: "group",
  attributes: { displayName: `group ${number}` },
});

/** Writes until everything is answered well, as a host does; returns how often. */
async function writeAll(
  writes: readonly ConnectorWrite[],
): Promise<{ readonly turns: number; readonly results: readonly WriteResult[] }> {
  const done: WriteResult[] = [];
  let open = writes;
  for (let turns = 1; turns < 10; turns += 1) {
    const results = await connector.writes?.write(open, signal) ?? [];
    done.push(...results.filter((each) => each.ok));
    for (const each of results) if (!each.ok) expect(each).toMatchObject({ kind: "retry" });
    open = open.filter((_, at) => results[at]?.ok !== true);
    if (open.length === 0) return { turns, results: done };
  }
  throw new Error("some were never done");
}

const patient = { retries: { max: 2, waitMsMax: 1_000 }, inFlightMax: 16 };

describe.each([
  { how: "by our id", settings: {}, kind: "user", count: 1_000 },
  { how: "by the name", settings: { externalId: "free" }, kind: "user", count: 250 },
  {
    how: "in the whole list", settings: { quirks: { filters: "none" } }, kind: "user", count: 48,
  },
  { how: "by our id", settings: {}, kind: "group", count: 200 },
] as const)("an answer to a create of a $kind is lost, and it is found $how", (each) => {
  test(`exactly one account each in ${each.count} of ${each.count}`, async () => {
    const { settings, kind, count } = each;
    const timeouts = { connectMs: 5_000, answerMs: 5_000 };
    connector = await connectScim({
      ...settingsFor(server.url), ...patient, timeouts, ...settings,
    });
    let lost = 0;
    server.before = ({ method }, response) => {
      if (method !== "POST") return false;
      lose(response, manners[lost % manners.length] ?? "cut");
      lost += 1;
      return false;
    };
    const make = kind === "user" ? user : group;
    const writes = Array.from({ length: count }, (_, number) => make(number));
    const { results } = await writeAll(writes);
    // Every create was sent once, done, and answered wrong: none was sent again.
    expect(lost).toBe(count);
    expect(results).toHaveLength(count);
    const stored = [...(kind === "user" ? server.users : server.groups).values()];
    expect(stored).toHaveLength(count);
    const names = stored.map((one) => one[kind === "user" ? "userName" : "displayName"]);
    expect(new Set(names).size).toBe(count);
    const anchors = results.map((one) => (one.ok ? one.object?.anchor : undefined));
    expect(new Set(anchors)).toEqual(new Set(stored.map(({ id }) => id)));
  }, 180_000);
});

test("the server itself would double every one of them", async () => {
  connector = await connectScim(settingsFor(server.url));
  for (const _ of [1, 2]) {
    const answer = await fetch(`${server.url}/Users`, {
      method: "POST", body: JSON.stringify({ userName: "twice" }),
      headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
    });
    expect(answer.status).toBe(201);
  }
  expect(server.users.size).toBe(2);
});

test("a 409 after a swallowed 429 creates a duplicate: it finds what it made instead", async () => {
  await server.stop();
  server = await startScimmy();
  connector = await connectScim({ ...settingsFor(server.url), externalId: "free" });
  let posts = 0;
  server.before = ({ method }, response) => {
    if (method !== "POST") return false;
    posts += 1;
    if (posts === 1) lose(response, "429");
    return false;
  };
  const [first] = await connector.writes?.write([user(1)], signal) ?? [];
  expect(first).toMatchObject({ ok: false, kind: "retry", code: "CONNECTOR_RATE_LIMITED" });
  const [second] = await connector.writes?.write([user(1)], signal) ?? [];
  expect(second).toMatchObject({ ok: true, already: true, object: { name: "person-1" } });
  expect([posts, server.users.size]).toEqual([1, 1]);
});

test("a 409 after a swallowed 429 creates a duplicate: what a proxy made is ours too", async () => {
  await server.stop();
  server = await startScimmy();
  connector = await connectScim(settingsFor(server.url));
  server.before = ({ method }, response) => {
    // A proxy swallows the 429, sends the create again, and passes on what that is answered.
    if (method === "POST") lose(response, "409");
    return false;
  };
  const [only] = await connector.writes?.write([user(1)], signal) ?? [];
  expect(only).toMatchObject({ ok: true, already: true, object: { name: "person-1" } });
  expect(server.users.size).toBe(1);
});

test("a create that is done only after the next attempt leaves one group, the older", async () => {
  connector = await connectScim({ ...settingsFor(server.url), timeouts: { answerMs: 300 } });
  let held: (() => void) | undefined;
  let posts = 0;
  server.before = ({ method }, _response, next) => {
    if (method !== "POST") return false;
    posts += 1;
    if (posts === 1) {
      held = next;
      return true;
    }
    held?.();
    void sleep(50).then(next);
    return true;
  };
  const [first] = await connector.writes?.write([group(1)], signal) ?? [];
  expect(first).toMatchObject({ ok: false, kind: "retry", code: "CONNECTOR_TIMEOUT" });
  expect(server.groups.size).toBe(0);
  const [second] = await connector.writes?.write([group(1)], signal) ?? [];
  expect(second).toMatchObject({ ok: true, already: true });
  expect(posts).toBe(2);
  const anchor = second?.ok === true ? second.object?.anchor : undefined;
  expect([...server.groups.keys()]).toEqual([anchor]);
});

test.each(manners.filter((each) => each !== "429"))(
  "whatever else was done and not answered is found done: %s",
  async (manner) => {
    connector = await connectScim({
      ...settingsFor(server.url), ...patient, timeouts: { answerMs: 500 },
    });
    const { results } = await writeAll([user(1), user(2), user(3), group(1)]);
    const [changed, removed, member, team] = results.map((each) =>
      (each.ok ? each.object : undefined));
    if (changed === undefined || removed === undefined || member === undefined
      || team === undefined) throw new Error("nobody was created");
    let lost = 0;
    server.before = ({ method }, response) => {
      if (method === "GET" || lost >= 3) return false;
      lost += 1;
      lose(response, manner);
      return false;
    };
    const { kind, anchor, name } = changed;
    await writeAll([
      {
        operation: "update", id: "u", kind, anchor, name, enabled: false,
        changes: { title: { before: "new", after: "newer" } },
      },
      { operation: "delete", id: "d", kind: "user", anchor: removed.anchor, name: removed.name },
      {
        operation: "members", id: "m", anchor: team.anchor, name: team.name,
        add: [member.anchor], remove: [],
      },
    ]);
    expect(lost).toBe(3);
    expect(server.users.get(anchor)).toMatchObject({ title: "newer", active: false });
    expect([...server.users.keys()].sort()).toEqual([anchor, member.anchor].sort());
    expect(server.groups.get(team.anchor)?.["members"]).toMatchObject([{ value: member.anchor }]);
  },
);
