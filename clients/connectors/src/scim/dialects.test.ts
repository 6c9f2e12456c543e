import { describe, expect, test } from "vitest";
import type { ConnectorObject, ConnectorWrite, WriteResult } from "../connector.js";
import {
  scriptedWebServer, type ScriptedAnswer, type SeenRequest,
} from "../http/scripted-web-server.fixture.js";
import { outcomes } from "../ldap/directory.fixture.js";
import { indexPage, isDiscovery, unknown, userSchemaId } from "./list-server.fixture.js";
import { connectScim, settingsFor } from "./scimmy.fixture.js";

const signal = new AbortController().signal;
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const ann = {
  schemas: [userSchemaId, enterprise, "urn:their:own:1.0"], id: "a", userName: "ann",
  active: "True", unheardOf: { kept: [1, { deep: null }] }, password: "hash",
  groups: [{ value: "g" }],
  meta: { version: "W/\"1\"", lastModified: "2026-01-01T00:00:00Z" },
  emails: [
    { value: "w@example.org", type: "work", primary: true, display: "W", more: 1 },
    { value: "w2@example.org", type: "Work" }, { value: "x@example.org", type: "yacht" },
  ],
  [enterprise]: { department: "d", manager: "boss" }, "urn:their:own:1.0": { badge: 7 },
};
const team = {
  id: "g", displayName: "team", members: [{ value: "a", display: "Ann" }, { value: "b" }],
};

/** Whether a request is about this one alone. */
function isOf({ path }: SeenRequest, { id }: { readonly id: string }): boolean {
  return path.endsWith(`/${id}`);
}

interface Told {
  readonly requests: readonly SeenRequest[];
  readonly results: readonly WriteResult[];
  readonly objects: readonly ConnectorObject[];
  /** Methods and bodies of what was written. */
  readonly written: readonly (readonly [string, unknown])[];
}

/** Reads people, then writes, on a server that has Ann and a team and says yes to everything. */
async function tell(
  writes: readonly ConnectorWrite[], quirks: object = {},
  answer: (request: SeenRequest) => ScriptedAnswer | undefined = () => undefined,
): Promise<Told> {
  await using server = await scriptedWebServer((request) => {
    const own = answer(request);
    if (own !== undefined) return own;
    if (isDiscovery(request)) return unknown;
    if (request.method !== "GET") return { status: 204 };
    if (isOf(request, ann)) return { body: ann, headers: { etag: "W/\"1\"" } };
    if (isOf(request, team)) return { body: team };
    return { body: indexPage(request.path.endsWith("/Users") ? [ann] : [team], request) };
  });
  const connector = await connectScim({ ...settingsFor(server.url), quirks });
  const objects: ConnectorObject[] = [];
  for await (const batch of connector.reads?.read({ signal, batchSizeMax: 10 }) ?? []) {
    if (batch.type === "objects") objects.push(...batch.objects);
  }
  const results = await connector.writes?.write(writes, signal) ?? [];
  await connector.close();
  const written = server.seen.filter(({ method }) => method !== "GET")
    .map(({ method, body }) => [method, JSON.parse(body === "" ? "null" : body)] as const);
  return { requests: server.seen, results, objects, written };
}

const update = (
  changes: Extract<ConnectorWrite, { readonly operation: "update" }>["changes"], enabled?: boolean,
): ConnectorWrite => ({
  operation: "update", id: "u", kind: "user", anchor: "a", name: "ann", changes,
  ...(enabled === undefined ? {} : { enabled }),
});
const members = (add: readonly string[], remove: readonly string[]): ConnectorWrite =>
  ({ operation: "members", id: "m", anchor: "g", name: "team", add, remove });
const operationsIn = ([, body]: readonly [string, unknown]): unknown =>
  (body as { readonly Operations: unknown }).Operations;

test("what a server writes its own way is read as what it is", async () => {
  const { objects } = await tell([]);
  expect(objects[0]).toEqual({
    kind: "user", anchor: "a", name: "ann", enabled: true, attributes: {
      userName: "ann", [`${enterprise}:department`]: "d", [`${enterprise}:manager.value`]: "boss",
      emails: ["w@example.org", "w2@example.org", "x@example.org"],
      "emails[primary eq true].display": "W", "emails[primary eq true].value": "w@example.org",
      "emails[type eq \"work\"].display": "W", "emails[type eq \"work\"].value": "w@example.org",
    },
  });
});

test("PATCH names what changes, by path, and lists as a whole with all that they had", async () => {
  const { written, results } = await tell([update({
    title: { before: null, after: "t" }, "name.givenName": { after: "Ann" },
    "emails[type eq \"work\"].value": { before: "w@example.org", after: "n@example.org" },
    [`${enterprise}:department`]: { before: "d", after: null },
    [`${enterprise}:manager.value`]: { before: "boss", after: "chief" },
  }, false)]);
  expect(outcomes(results)).toEqual(["done"]);
  expect(written).toEqual([["PATCH", {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    Operations: [
      { op: "add", path: "title", value: "t" },
      { op: "add", path: "name.givenName", value: "Ann" },
      { op: "remove", path: `${enterprise}:department` },
      { op: "add", path: `${enterprise}:manager.value`, value: "chief" },
      { op: "replace", path: "emails", value: [
        { value: "n@example.org", type: "work", primary: true, display: "W", more: 1 },
        { value: "w2@example.org", type: "Work" }, { value: "x@example.org", type: "yacht" },
      ] },
      { op: "replace", path: "active", value: false },
    ],
  }]]);
});

test("PUT gives back all that is not named as it was, and nothing of the server's", async () => {
  const { written } = await tell([update({ title: { after: "t" } })], { updates: "put" });
  const { meta: _meta, groups: _groups, password: _password, ...rest } = ann;
  expect(written).toEqual([["PUT", {
    ...rest, title: "t", schemas: [userSchemaId, enterprise, "urn:their:own:1.0"],
  }]]);
});

test("a server that knows words and capitals alone gets them", async () => {
  const quirks = { booleans: "words", operations: "capital" };
  const { written } = await tell([update({ title: { after: "t" } }, false)], quirks);
  expect(written.map(operationsIn)).toEqual([[
    { op: "Add", path: "title", value: "t" }, { op: "Replace", path: "active", value: "False" },
  ]]);
});

describe("members", () => {
  test("each is added and removed by itself, and those who are in stay", async () => {
    const { written, results } = await tell([members(["c", "a"], ["b", "z"])]);
    expect(outcomes(results)).toEqual(["done"]);
    expect(written.map(operationsIn)).toEqual([
      [{ op: "remove", path: "members[value eq \"b\"]" }],
      [{ op: "add", path: "members", value: [{ value: "c" }] }],
    ]);
  });

  test("nobody says remove all, whatever is asked for in whatever dialect", async () => {
    for (const quirks of [{}, { memberRemoval: "value" }, { operations: "capital" }]) {
      const asked = [members([], ["a", "b"]), members([], []), members([], ["z"])];
      const { written } = await tell(asked, quirks);
      for (const operation of written.flatMap(operationsIn) as Record<string, unknown>[]) {
        const isOne = /^members\[value eq "[ab]"\]$/.test(String(operation["path"]));
        expect(isOne || (operation["value"] as unknown[]).length > 0).toBe(true);
      }
      expect(written.length).toBeGreaterThan(0);
    }
  });

  test("no more of them in one request than the server takes", async () => {
    const many = Array.from({ length: 250 }, (_, at) => `m${at}`);
    const { written } = await tell([members(many, [])], { membersPerPatch: 100 });
    const sizes = written.map((each) => (operationsIn(each) as { value: unknown[] }[])[0]?.value);
    expect(sizes.map((each) => each?.length)).toEqual([100, 100, 50]);
  });

  test("where nobody has to be seen, nobody is, unless the server minds who is in", async () => {
    for (const minds of [false, true]) {
      let changes = 0;
      const { written, results, requests } = await tell(
        [members(["c"], ["b"])], { membersUnseen: true },
        ({ method }) => {
          if (method === "PATCH") changes += 1;
          return minds && changes === 1 && method === "PATCH"
            ? { status: 400, body: { scimType: "noTarget" } } : undefined;
        },
      );
      expect(outcomes(results)).toEqual(["done"]);
      const looks = requests.filter((each) => each.method === "GET" && isOf(each, team));
      expect(looks.map(({ query }) => query.get("excludedAttributes")))
        .toEqual(minds ? ["members", null] : ["members"]);
      expect(written.map(operationsIn).at(-1)).toEqual([
        { op: "add", path: "members", value: [{ value: "c" }] },
      ]);
    }
  });

  test("PUT names those who stay with all that they had", async () => {
    const { written } = await tell([members(["c"], ["b"])], { updates: "put" });
    expect(written).toMatchObject([["PUT", {
      displayName: "team", members: [{ value: "a", display: "Ann" }, { value: "c" }],
    }]]);
  });
});

describe("versions", () => {
  const isChange = ({ method }: SeenRequest) => method === "PATCH";

  test("a change names the version that it was computed from, where there are some", async () => {
    const withVersions = await tell([update({ title: { after: "t" } })], { versions: true });
    expect(withVersions.requests.find(isChange)?.headers["if-match"]).toBe("W/\"1\"");
    const without = await tell([update({ title: { after: "t" } })]);
    expect(without.requests.find(isChange)?.headers["if-match"]).toBeUndefined();
  });

  test("who was quicker is looked at, and written over only as the change allows", async () => {
    for (const [title, outcome] of [[undefined, "done"], ["other", "OBJECT_CHANGED"]] as const) {
      let changes = 0;
      const { results } = await tell(
        [update({ title: { before: null, after: "t" } })], { versions: true },
        (request) => {
          if (isChange(request)) {
            changes += 1;
            return changes === 1 ? { status: 412, body: {} } : undefined;
          }
          return changes === 1 && isOf(request, ann)
            ? { body: { ...ann, title }, headers: { etag: "W/\"2\"" } } : undefined;
        },
      );
      expect(outcomes(results)).toEqual([outcome]);
    }
  });

  test("a server whose versions never fit is given up", async () => {
    const { results, written } = await tell(
      [update({ title: { after: "t" } })], { versions: true },
      (request) => (isChange(request) ? { status: 412, body: {} } : undefined),
    );
    expect(outcomes(results)).toEqual(["OBJECT_CHANGED"]);
    expect(written).toHaveLength(3);
  });
});

test("two names of one place that contradict each other are refused as a whole", async () => {
  const { results, written } = await tell([update({
    emails: { after: ["only@example.org"] },
    "emails[type eq \"work\"].value": { after: "work@example.org" },
  })]);
  expect(outcomes(results)).toEqual(["VALUE_INVALID"]);
  expect(written).toEqual([]);
});

test.each([
  [400, { scimType: "uniqueness" }, "VALUE_TAKEN"], [400, { scimType: "invalidValue" },
    "VALUE_INVALID"], [403, {}, "PERMISSION_DENIED"], [404, {}, "OBJECT_GONE"],
  [409, {}, "VALUE_TAKEN"], [413, {}, "VALUE_TOO_LARGE"], [429, {}, "CONNECTOR_RATE_LIMITED"],
  [500, {}, "CONNECTOR_BUSY"], [503, {}, "CONNECTOR_BUSY"], [504, {}, "CONNECTOR_TIMEOUT"],
] as const)("a change answered %d %j is %s, and sent once", async (status, body, code) => {
  const { results, written } = await tell([update({ title: { after: "t" } })], {},
    ({ method }) => (method === "GET" ? undefined : { status, body }));
  expect(outcomes(results)).toEqual([code]);
  expect(written).toHaveLength(1);
  expect(JSON.stringify(results)).not.toContain("hash");
});
