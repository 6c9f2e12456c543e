import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Connector, ConnectorObject, ConnectorWrite, WriteResult } from "../connector.js";
import { outcomes } from "../ldap/directory.fixture.js";
import { lose, manners } from "./lost-answers.fixture.js";
import {
  connectScim, settingsFor, startScimmy, token, type ScimmyServer,
} from "./scimmy.fixture.js";

const signal = new AbortController().signal;
const bulk = { supported: true, maxOperations: 40, maxPayloadSize: 20_000 };

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly bytes: number;
  readonly operations: readonly { readonly method: string; readonly path: string }[];
}

let server: ScimmyServer;
let connector: Connector;
/** Whatever changes something, as the server got it. */
let sent: Sent[];

beforeEach(async () => {
  server = await startScimmy({ unique: false, bulk });
  connector = await connectScim({ ...settingsFor(server.url), timeouts: { answerMs: 500 } });
  sent = [];
  server.before = (request) => {
    note(request);
    return false;
  };
});
afterEach(async () => {
  await connector.close();
  await server.stop();
});

function note({ method, path, body, headers }: Parameters<ScimmyServer["before"]>[0]): void {
  if (method === "GET") return;
  const { Operations: operations = [] } = (body ?? {}) as { Operations?: Sent["operations"] };
  sent.push({ method, path, bytes: Number(headers["content-length"] ?? 0), operations });
}

const user = (name: string, attributes: object = {}): ConnectorWrite => ({
  operation: "create", id: `item-${name}`, kind: "user",
  attributes: { userName: name, title: "new", ...attributes },
});

async function write(writes: readonly ConnectorWrite[]): Promise<readonly WriteResult[]> {
  return await connector.writes?.write(writes, signal) ?? [];
}

/** Writes until everything is answered well, as a host does. */
async function writeAll(writes: readonly ConnectorWrite[]): Promise<void> {
  let open = writes;
  for (let turn = 0; open.length > 0 && turn < 10; turn += 1) {
    const results = await write(open);
    for (const each of results) if (!each.ok) expect(each).toMatchObject({ kind: "retry" });
    open = open.filter((_, at) => results[at]?.ok !== true);
  }
  expect(open).toEqual([]);
}

const objectOf = (result: WriteResult | undefined): ConnectorObject => {
  if (result?.ok === true && result.object !== undefined) return result.object;
  throw new Error(JSON.stringify(result));
};

test("changes of many objects go together, within the limits that the server tells", async () => {
  const writes = Array.from({ length: 100 }, (_, at) => user(`person-${at}`));
  const made = await write(writes);
  expect(outcomes(made)).toEqual(writes.map(() => "done"));
  expect(made.map((each) => objectOf(each).name)).toEqual(
    writes.map((_, at) => `person-${at}`));
  expect(server.users.size).toBe(100);
  expect(sent.every(({ path, operations, bytes }) => path === "/scim/v2/Bulk"
    && operations.length > 1 && operations.length <= 40 && bytes <= 20_000)).toBe(true);
  expect(sent.flatMap(({ operations }) => operations)).toHaveLength(100);
  expect(sent.length).toBeLessThan(10);
});

test("an object that is too large for them goes alone, and so does what reads as a reference",
  async () => {
    const long = user("long", { title: "x".repeat(30_000) });
    const strange = user("strange", { title: "bulkId:c1", nickName: "bulkId:c3" });
    const results = await write([user("a"), long, strange, user("b")]);
    expect(outcomes(results)).toEqual(["done", "done", "done", "done"]);
    expect(objectOf(results[1]).attributes["title"]).toHaveLength(30_000);
    expect(objectOf(results[2]).attributes["title"]).toBe("bulkId:c1");
    expect(sent.map(({ path }) => path).sort())
      .toEqual(["/scim/v2/Bulk", "/scim/v2/Users", "/scim/v2/Users"]);
  });

test("creates, changes, members and deletions share a request, each with its own end", async () => {
  const group: ConnectorWrite = {
    operation: "create", id: "item-g", kind: "group", attributes: { displayName: "team" },
  };
  const [ann, bob, team] = (await write([user("ann"), user("bob"), group])).map(objectOf);
  if (ann === undefined || bob === undefined || team === undefined) throw new Error("nobody");
  sent = [];
  const change = { operation: "update", id: "u", kind: "user", anchor: ann.anchor } as const;
  const results = await write([
    { ...change, name: "ann", changes: { title: { before: "new", after: "newer" } } },
    { operation: "members", id: "m", anchor: team.anchor, name: "team", add: [ann.anchor],
      remove: [] },
    { operation: "delete", id: "d", kind: "user", anchor: bob.anchor, name: "bob" },
    { operation: "delete", id: "x", kind: "user", anchor: "nobody", name: "nobody" },
    user("cid"),
  ]);
  expect(outcomes(results)).toEqual(["done", "done", "done", "already", "done"]);
  expect(sent.map(({ path }) => path)).toEqual(["/scim/v2/Bulk"]);
  expect(sent[0]?.operations.map(({ method }) => method).sort())
    .toEqual(["DELETE", "DELETE", "PATCH", "PATCH", "POST"]);
  expect(server.users.get(ann.anchor)).toMatchObject({ title: "newer" });
  expect(server.users.has(bob.anchor)).toBe(false);
  const members = server.groups.get(team.anchor)?.["members"];
  expect(members).toMatchObject([{ value: ann.anchor }]);
});

test("one that is refused stops nobody, and nothing is sent twice", async () => {
  await server.stop();
  server = await startScimmy({ bulk });
  connector = await connectScim({ ...settingsFor(server.url), externalId: "free" });
  server.before = (request, _response, next) => {
    note(request);
    // Somebody else takes a name between our look and our create.
    if (request.path !== "/scim/v2/Bulk") return false;
    void fetch(`${server.url}/Users`, {
      method: "POST", body: JSON.stringify({ userName: "taken", title: "other" }),
      headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
    }).then(() => { next(); });
    return true;
  };
  const results = await write([user("a"), user("taken"), user("b")]);
  expect(outcomes(results)).toEqual(["done", "OBJECT_EXISTS", "done"]);
  expect(sent.filter(({ path }) => path === "/scim/v2/Bulk")).toHaveLength(1);
  expect([...server.users.values()].map((each) => each["userName"]).sort())
    .toEqual(["a", "b", "taken"]);
});

test.each([403, 404, 413, 501])(
  "a server that refuses bulk with %s after all gets one change after the other",
  async (status) => {
    server.before = (request, response) => {
      note(request);
      if (request.path !== "/scim/v2/Bulk") return false;
      response.status(status).type("application/scim+json").send("{}");
      return true;
    };
    const writes = Array.from({ length: 50 }, (_, at) => user(`person-${at}`));
    expect(outcomes(await write(writes))).toEqual(writes.map(() => "done"));
    expect(server.users.size).toBe(50);
    expect(sent.filter(({ path }) => path === "/scim/v2/Bulk")).toHaveLength(1);
  },
);

describe("the answer to a bulk request is lost", () => {
  test.each([
    { how: "by our id", settings: {}, rounds: 10 },
    { how: "by the name", settings: { externalId: "free" }, rounds: 1 },
  ])("exactly one account for each of $rounds hundreds, found $how", async (each) => {
    connector = await connectScim({
      ...settingsFor(server.url), ...each.settings, timeouts: { answerMs: 5_000 }, inFlightMax: 16,
      retries: { max: 2, waitMsMax: 1_000 },
    });
    let lost = 0;
    server.before = (request, response) => {
      note(request);
      if (request.method !== "POST") return false;
      lose(response, manners[lost % manners.length] ?? "cut");
      lost += 1;
      return false;
    };
    for (let round = 0; round < each.rounds; round += 1) {
      const writes = Array.from({ length: 100 }, (_, at) => user(`person-${round}-${at}`));
      await writeAll(writes);
      const names = [...server.users.values()].map((one) => one["userName"]);
      expect(names.sort()).toEqual(writes.map((_, at) => `person-${round}-${at}`).sort());
      // scimmy looks at everybody for each question.
      server.users.clear();
    }
    // Every create was sent once, done, and answered wrong.
    expect(lost).toBe(sent.length);
    expect(sent.flatMap(({ operations }) => operations)).toHaveLength(each.rounds * 100);
  }, 60_000);

  test("half of it came: who is not in it is looked for, and nobody is made twice", async () => {
    server.before = (request, response) => {
      note(request);
      if (request.path !== "/scim/v2/Bulk") return false;
      const { end } = response;
      response.end = ((...parts: unknown[]) => {
        const told = JSON.parse(String(parts[0])) as { Operations: unknown[] };
        const some = JSON.stringify({ ...told, Operations: told.Operations.slice(3).reverse() });
        response.removeHeader("content-length");
        response.removeHeader("etag");
        return end.call(response, some, "utf8");
      }) as typeof response.end;
      return false;
    };
    const writes = Array.from({ length: 10 }, (_, at) => user(`person-${at}`));
    const results = await write(writes);
    // Those are found at once; a host that is told to try again finds them too.
    expect([...outcomes(results)].sort())
      .toEqual(writes.map((_, at) => (at < 3 ? "already" : "done")));
    expect(results.map((each) => objectOf(each).name)).toEqual(
      writes.map((_, at) => `person-${at}`));
    expect(server.users.size).toBe(10);
    expect(sent).toHaveLength(1);
  });
});
