import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Connector, ConnectorWrite, WriteResult } from "../connector.js";
import { connectJson, exampleFor, HrApi, lost, manners } from "./hr-api.fixture.js";

const signal = new AbortController().signal;

let api: HrApi;
let connector: Connector;
beforeEach(async () => {
  api = await HrApi.start();
  connector = await connectJson({
    ...await exampleFor("hr-rest-api", api.origin), retries: { max: 2, waitMsMax: 1_000 },
    inFlightMax: 16, timeouts: { answerMs: 1_500 },
  });
});
afterEach(async () => {
  await connector.close();
  await api[Symbol.asyncDispose]();
});

const make = (kind: "user" | "group", number: number): ConnectorWrite => ({
  operation: "create", id: `item-${kind}-${number}`, kind,
  attributes: kind === "user" ? { login: `person-${number}`, note: "new" }
    : { label: `team ${number}` },
});

/** Writes until everything is answered well, as a host does. */
async function writeAll(writes: readonly ConnectorWrite[]): Promise<readonly WriteResult[]> {
  const done: WriteResult[] = [];
  let open = writes;
  for (let turns = 1; turns < 10; turns += 1) {
    const results = await connector.writes?.write(open, signal) ?? [];
    done.push(...results.filter((each) => each.ok));
    for (const each of results) if (!each.ok) expect(each).toMatchObject({ kind: "retry" });
    open = open.filter((_, at) => results[at]?.ok !== true);
    if (open.length === 0) return done;
  }
  throw new Error("some were never done");
}

describe.each([
  { kind: "user", how: "by the name", count: 1_000, collection: "people" },
  { kind: "group", how: "by our id", count: 200, collection: "teams" },
] as const)("an answer to a create of a $kind is lost, and it is found $how", (each) => {
  const { kind, count, collection } = each;
  test(`exactly one account each in ${count} of ${count}`, async () => {
    let losses = 0;
    const isCreate = (method: string, path: string) =>
      method === "POST" && path === `/api/${collection}`;
    api.after = ({ method, path }, answer) => {
      if (!isCreate(method, path)) return undefined;
      losses += 1;
      return lost(manners[losses % manners.length] ?? "cut", answer);
    };
    const results = await writeAll(Array.from({ length: count }, (_, at) => make(kind, at)));
    // Every create was sent once, done, and answered wrong: none was sent again.
    expect(losses).toBe(count);
    expect(results).toHaveLength(count);
    const { here } = api[collection];
    expect(here).toHaveLength(count);
    const anchors = results.map((one) => (one.ok ? one.object?.anchor : undefined));
    expect(new Set(anchors)).toEqual(new Set(here.map(({ id }) => id)));
  }, 180_000);
});

test("a 409 after a swallowed 429 creates a duplicate: it finds what it made instead", async () => {
  let posts = 0;
  api.after = ({ method, path }, answer) => {
    if (method !== "POST" || path !== "/api/people") return undefined;
    posts += 1;
    return posts === 1 ? lost("429", answer) : undefined;
  };
  const [first] = await connector.writes?.write([make("user", 1)], signal) ?? [];
  expect(first).toMatchObject({ ok: false, kind: "retry", code: "CONNECTOR_RATE_LIMITED" });
  const [second] = await connector.writes?.write([make("user", 1)], signal) ?? [];
  expect(second).toMatchObject({ ok: true, already: true, object: { name: "person-1" } });
  expect([posts, api.people.here.length]).toEqual([1, 1]);
});

test("a 409 after a swallowed 429 creates a duplicate: what a proxy made is ours too", async () => {
  // A proxy swallows the 429, sends the create again, and passes on what that is answered.
  api.after = ({ method, path }) => (method === "POST" && path === "/api/people"
    ? { status: 409, headers: { "content-type": "application/json" }, body: {} } : undefined);
  const [only] = await connector.writes?.write([make("user", 1)], signal) ?? [];
  expect(only).toMatchObject({ ok: true, already: true, object: { name: "person-1" } });
  expect(api.people.here).toHaveLength(1);
});

test("a create that is done only after the next attempt makes one account", async () => {
  let held: (() => void) | undefined;
  let posts = 0;
  api.before = ({ method, path, body }) => {
    if (method !== "POST" || path !== "/api/people") return undefined;
    posts += 1;
    if (posts > 1) {
      held?.();
      return undefined;
    }
    held = () => {
      api.people.add({ ...JSON.parse(body) as object, account: {
        login: "person-1", status: "active",
      } });
    };
    return lost("silent", {});
  };
  const [first] = await connector.writes?.write([make("user", 1)], signal) ?? [];
  expect(first).toMatchObject({ ok: false, kind: "retry", code: "CONNECTOR_TIMEOUT" });
  expect(api.people.here).toHaveLength(0);
  const [second] = await connector.writes?.write([make("user", 1)], signal) ?? [];
  expect(second).toMatchObject({ ok: true, already: true, object: { anchor: "p-1" } });
  expect([posts, api.people.here.length]).toEqual([2, 1]);
});

test("a name that was taken between our look and our create is not ours", async () => {
  api.before = ({ method, path }) => {
    if (method === "POST" && path === "/api/people") {
      api.people.add({ account: { login: "person-1", status: "active" }, note: "theirs" });
    }
    return undefined;
  };
  const [result] = await connector.writes?.write([make("user", 1)], signal) ?? [];
  expect(result).toMatchObject({ ok: false, kind: "skip", code: "OBJECT_EXISTS" });
  expect(api.people.here).toMatchObject([{ note: "theirs" }]);
});

test.each(manners.filter((each) => each !== "429"))(
  "whatever else was done and not answered is found done: %s",
  async (manner) => {
    const results = await writeAll([
      make("user", 1), make("user", 2), make("user", 3), make("group", 1),
    ]);
    const [changed, removed, member, team] = ["person-1", "person-2", "person-3", "team 1"].map(
      (name) => results.flatMap((each) => (each.ok ? each.object ?? [] : []))
        .find((each) => each.name === name),
    );
    if (changed === undefined || removed === undefined || member === undefined
      || team === undefined) throw new Error("nobody was created");
    let losses = 0;
    api.after = ({ method, path }, answer) => {
      if (method === "GET" || path.startsWith("/oauth") || losses >= 3) return undefined;
      losses += 1;
      return lost(manner, answer);
    };
    await writeAll([
      {
        operation: "update", id: "u", kind: "user", anchor: changed.anchor, name: changed.name,
        enabled: false, changes: { note: { before: "new", after: "newer" } },
      },
      { operation: "delete", id: "d", kind: "user", anchor: removed.anchor, name: removed.name },
      {
        operation: "members", id: "m", anchor: team.anchor, name: team.name,
        add: [member.anchor], remove: [],
      },
    ]);
    expect(losses).toBe(3);
    expect(api.people.find(changed.anchor)).toMatchObject({
      note: "newer", account: { status: "inactive" },
    });
    expect(api.people.find(removed.anchor)).toBeUndefined();
    expect([...api.members.get(team.anchor) ?? []]).toEqual([member.anchor]);
  },
);

test("what changed between our look and our write is not overwritten", async () => {
  const [person] = await writeAll([make("user", 1)]);
  if (person?.ok !== true || person.object === undefined) throw new Error("nobody was created");
  const { anchor, name } = person.object;
  let turns = 0;
  api.before = ({ method }) => {
    if (method !== "PATCH") return undefined;
    turns += 1;
    const found = api.people.find(anchor);
    if (turns === 1 && found !== undefined) api.people.save({ ...found, note: "theirs" });
    return undefined;
  };
  const [result] = await connector.writes?.write([{
    operation: "update", id: "u", kind: "user", anchor, name,
    changes: { note: { before: "new", after: "ours" } },
  }], signal) ?? [];
  expect(result).toMatchObject({ ok: false, kind: "skip", code: "OBJECT_CHANGED" });
  expect(api.people.find(anchor)).toMatchObject({ note: "theirs" });
});
