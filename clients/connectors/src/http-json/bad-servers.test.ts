import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ConnectorErrorCode, ConnectorErrorKind } from "../connector.js";
import { makeExpiredCertificate } from "../http/expired-certificate.fixture.js";
import {
  scriptedWebServer, type ScriptedAnswer, type SeenRequest,
} from "../http/scripted-web-server.fixture.js";
import { readAll, type ReadOutcome } from "../testing/read-all.js";
import { connectJson, exampleFor, HrApi } from "./hr-api.fixture.js";
import { json, pagings, people, settingsFor, type PagingName } from "./lists.fixture.js";

const signal = new AbortController().signal;
async function readFrom(
  answer: (request: SeenRequest, at: number) => ScriptedAnswer, paging: PagingName,
  { list = {}, ...settings }: { readonly list?: object; readonly [name: string]: unknown } = {},
): Promise<ReadOutcome & { readonly requests: readonly SeenRequest[] }> {
  let turns = 0;
  await using server = await scriptedWebServer((request) => {
    turns += 1;
    const said = answer(request, turns - 1);
    return { ...said, headers: { ...json, ...said.headers } };
  });
  const connector = await connectJson({
    ...settingsFor(new URL(server.url).origin, paging, list), ...settings,
  });
  const outcome = await readAll(connector);
  await connector.close();
  return { ...outcome, requests: server.seen };
}

const ids = ({ objects }: ReadOutcome) => objects.map(({ anchor }) => anchor);
const all = people(35);

/** A server of each kind of paging that does what it should; `total` where it says one. */
function good(paging: PagingName, from: readonly object[] = all) {
  return ({ query, path }: SeenRequest): ScriptedAnswer => {
    if (paging === "none") return { body: { data: from, total: from.length } };
    const word = query.get(paging === "page" ? "page" : paging === "offset" ? "offset" : "cursor");
    const at = paging === "page" ? (Number(word) - 1) * 10 : Number(word ?? 0);
    const data = from.slice(at, at + 10);
    const isLast = at + 10 >= from.length;
    const next = isLast ? undefined : paging === "cursor" ? String(at + 10)
      : `${path}?cursor=${at + 10}`;
    return {
      headers: paging === "linkHeader" && next !== undefined
        ? { link: `<${next}>; rel="prefetch next"` } : {},
      body: { data, total: from.length, more: !isLast,
        ...(paging === "linkHeader" ? {} : { next }) },
    };
  };
}

describe.each(Object.keys(pagings) as PagingName[])("paging %s", (paging) => {
  test.each([0, 1, 9, 10, 11, 35])("of %i items gives each once", async (count) => {
    const from = people(count);
    const outcome = await readFrom(good(paging, from), paging, {
      users: { ...(settingsFor("", paging) as { readonly users: object }).users, mayBeEmpty: true },
    });
    expect(outcome.error).toBeUndefined();
    expect(ids(outcome)).toEqual(people(count).map((_, at) => `p${at}`));
  });

  test("nobody at all is no whole read, unless the settings allow it", async () => {
    const { error } = await readFrom(good(paging, []), paging);
    expect(error).toMatchObject({ kind: "stop", code: "SOURCE_EMPTY" });
  });
});

const total = { total: { path: "total" } };
type Bad = readonly [
  name: string, paging: PagingName, list: object,
  page: (request: SeenRequest, at: number) => ScriptedAnswer,
  kind: ConnectorErrorKind, code: ConnectorErrorCode,
];
const again = (paging: PagingName) => (): ScriptedAnswer =>
  good(paging)({ query: new URLSearchParams("page=1&offset=0"), path: "/people" } as SeenRequest);
const cut = (said: ScriptedAnswer): ScriptedAnswer =>
  ({ ...said, body: JSON.stringify(said.body).slice(0, -20) });
const dies: ScriptedAnswer = { raw: (response, socket) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": 5000 });
  response.write('{"data":[');
  setTimeout(() => { socket.destroy(); }, 20);
} };

const bad: readonly Bad[] = [
  ["the first page comes again and again", "page", total, again("page"),
    "stop", "SOURCE_INCOMPLETE"],
  ["offsets are not heeded", "offset", {}, again("offset"), "stop", "SOURCE_INCOMPLETE"],
  ["a cursor leads in a circle", "cursor", {}, () => ({
    body: { data: people(1), next: "x", more: true },
  }), "stop", "SOURCE_INCOMPLETE"],
  ["a link leads in a circle", "nextLink", {}, () => ({
    body: { data: [], next: "/people?cursor=1" },
  }), "stop", "SOURCE_INCOMPLETE"],
  ["a page in the middle is empty, with a total", "page", total, (request) => (
    request.query.get("page") === "2" ? { body: { data: [], total: 35 } } : good("page")(request)),
  "stop", "SOURCE_INCOMPLETE"],
  ["a page in the middle is empty, without a total", "page", {}, (request) => (
    request.query.get("page") === "2" ? { body: { data: [] } } : good("page")(request)),
  "stop", "SOURCE_INCOMPLETE"],
  ["a page in the middle is empty, by offset", "offset", {}, (request) => (
    Number(request.query.get("offset")) > 9 ? { body: { data: [] } } : good("offset")(request)),
  "stop", "SOURCE_INCOMPLETE"],
  ["the total says more than comes, by cursor", "cursor", total, (request) => {
    const said = good("cursor")(request);
    return { ...said, body: { ...said.body as object, total: 36 } };
  }, "stop", "SOURCE_INCOMPLETE"],
  ["the total is missing", "cursor", total, () => ({ body: { data: all, more: false } }),
    "stop", "SOURCE_UNREADABLE"],
  ["there is more, and no cursor", "cursor", {}, () => ({ body: { data: all, more: true } }),
    "stop", "SOURCE_INCOMPLETE"],
  ["nobody says whether there is more", "cursor", {}, () => ({ body: { data: all, next: "x" } }),
    "stop", "SOURCE_UNREADABLE"],
  ["everything at once is not everything", "none", total, () => ({
    body: { data: people(3), total: 4 },
  }), "stop", "SOURCE_INCOMPLETE"],
  ["no pages are known, and the server has some", "none", {}, () => ({
    headers: { link: "</people?page=2>; rel=next" }, body: { data: people(3) },
  }), "stop", "SOURCE_INCOMPLETE"],
  ["a header Link that cannot be understood", "linkHeader", {}, () => ({
    headers: { link: "/people?page=2; rel=next" }, body: { data: people(3) },
  }), "stop", "SOURCE_UNREADABLE"],
  ["a word to ask on with is no text", "cursor", {}, () => ({
    body: { data: people(3), next: { word: "x" }, more: true },
  }), "stop", "SOURCE_UNREADABLE"],
  ["the address of the next page is no text", "nextLink", {}, () => ({
    body: { data: people(3), next: { href: "/people?cursor=1" } },
  }), "stop", "SOURCE_UNREADABLE"],
  ["half a page", "cursor", {}, (request, at) => (at === 2
    ? cut(good("cursor")(request)) : good("cursor")(request)), "stop", "SOURCE_INCOMPLETE"],
  ["a server that dies in the middle of a page, each time", "offset", {}, (request, at) =>
    (at === 0 ? good("offset")(request) : dies), "retry", "CONNECTOR_UNREACHABLE"],
  ["HTML with 200", "linkHeader", {}, () => ({
    headers: { "content-type": "text/html" }, body: "<html>Sign in</html>",
  }), "stop", "SOURCE_UNREADABLE"],
  ["HTML that calls itself text", "linkHeader", {}, () => ({
    headers: { "content-type": "text/plain" }, body: "<html>Sign in</html>",
  }), "stop", "SOURCE_UNREADABLE"],
  ["a redirect to where to sign in", "page", total, (request, at) => (at === 1
    ? { status: 302, headers: { location: "/login" } } : good("page")(request)),
  "stop", "SOURCE_UNREADABLE"],
  ["a wrong type of content", "page", total, () => ({
    headers: { "content-type": "application/xml" }, body: "<people/>",
  }), "stop", "SOURCE_UNREADABLE"],
  ["an answer without items", "page", total, () => ({ body: { total: 0 } }),
    "stop", "SOURCE_UNREADABLE"],
  ["items that are no list", "page", total, () => ({ body: { data: {}, total: 0 } }),
    "stop", "SOURCE_UNREADABLE"],
  ["no content", "none", {}, () => ({ status: 204 }), "stop", "SOURCE_UNREADABLE"],
  ["half a content", "none", {}, () => ({ status: 206, body: { data: all } }),
    "stop", "SOURCE_UNREADABLE"],
  ["revoked rights", "page", total, (request, at) => (at === 1
    ? { status: 403, body: {} } : good("page")(request)), "stop", "PERMISSION_DENIED"],
  ["429 for an hour, in seconds", "page", total, () => ({
    status: 429, headers: { "retry-after": "3600" }, body: {},
  }), "retry", "CONNECTOR_RATE_LIMITED"],
  ["429 for an hour, as a date", "page", total, () => ({
    status: 429, headers: { "retry-after": new Date(Date.now() + 3_600_000).toUTCString() },
  }), "retry", "CONNECTOR_RATE_LIMITED"],
  ["silence", "none", {}, () => ({ raw: () => undefined }), "retry", "CONNECTOR_TIMEOUT"],
];

test.each(bad)("%s (%s): the read is not whole", async (_name, paging, list, page, kind, code) => {
  const outcome = await readFrom(page, paging, { list });
  expect(outcome.error).toMatchObject({ kind, code });
  expect(new Set(ids(outcome)).size).toBe(outcome.objects.length);
}, 20_000);

test("429 is waited for as the server says, in seconds or until a date", async () => {
  for (const after of ["0.3", new Date(Date.now() + 1_500).toUTCString()]) {
    const outcome = await readFrom((request, at) => (at === 1
      ? { status: 429, headers: { "retry-after": after }, body: {} } : good("offset")(request)),
    "offset", { retries: { max: 2, waitMsMax: 3_000 } });
    expect(outcome.error).toBeUndefined();
    expect(ids(outcome)).toHaveLength(35);
  }
});

test("an answer over its bound stops", async () => {
  const { error } = await readFrom(() => ({ body: { data: people(1000) } }), "none", {
    answerBytesMax: 2_000,
  });
  expect(error).toMatchObject({ kind: "stop", code: "LIMIT_EXCEEDED" });
});

test("who moves from page to page while they are read is found all the same", async () => {
  const shifting = [...all];
  const outcome = await readFrom((request, at) => {
    if (at === 2) shifting.splice(0, 1);
    return good("offset", shifting)(request);
  }, "offset");
  expect(outcome.error).toBeUndefined();
  expect(new Set(ids(outcome))).toEqual(new Set(all.map((_, at) => `p${at}`)));
  // Pages by number show no seam; without a total two rounds have to find the same.
  const numbered = [...all];
  const blind = await readFrom((request, at) => {
    if (at === 2) numbered.splice(0, 1);
    return good("page", numbered)(request);
  }, "page");
  expect(blind.error).toBeUndefined();
  expect(new Set(ids(blind))).toEqual(new Set(all.map((_, at) => `p${at}`)));
});

test("a token that ended is renewed once, and the read is whole", async () => {
  await using api = await HrApi.start();
  for (const each of people(120)) api.people.add({ account: { ...each, status: "active" } });
  const connector = await connectJson(await exampleFor("hr-rest-api", api.origin));
  let pages = 0;
  api.before = ({ path }) => {
    pages += path === "/api/people" ? 1 : 0;
    if (pages === 2) api.revoke();
    return undefined;
  };
  const { error, objects } = await readAll(connector);
  expect(error).toBeUndefined();
  expect([objects.length, api.tokens]).toEqual([120, 2]);
  await connector.close();
});

test("an expired certificate is not trusted", async () => {
  const folder = await mkdtemp(join(tmpdir(), "http-json-"));
  try {
    await makeExpiredCertificate(folder);
    const [key, cert] = await Promise.all(["server.key", "server.pem"]
      .map((name) => readFile(join(folder, name), "utf8"))) as [string, string];
    await using server = await scriptedWebServer(() => ({ body: { data: all } }), { key, cert });
    const connector = await connectJson({ ...settingsFor(server.url, "none"), ca: cert });
    await expect(connector.check(signal)).rejects.toMatchObject({
      kind: "stop", code: "CERTIFICATE_UNTRUSTED",
    });
    await connector.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe("what the settings say of errors", () => {
  const errors = [
    { path: "fault.code", values: ["BUSY"], kind: "retry", code: "CONNECTOR_BUSY" },
    { path: "fault", kind: "stop", code: "PERMISSION_DENIED" },
    { status: 418, kind: "stop", code: "CREDENTIALS_REJECTED" },
    { status: 400, path: "code", values: [7], kind: "skip", code: "VALUE_INVALID" },
  ];
  test.each([
    [{ body: { fault: { code: "BUSY" }, data: [] } }, "retry", "CONNECTOR_BUSY"],
    [{ body: { fault: "no", data: people(1) } }, "stop", "PERMISSION_DENIED"],
    [{ status: 418, body: "short and stout" }, "stop", "CREDENTIALS_REJECTED"],
    [{ status: 400, body: { code: 7 } }, "stop", "VALUE_INVALID"],
    [{ status: 400, body: { code: 8 } }, "stop", "MISCONFIGURED"],
  ] as const)("%j is %s %s", async (answer, kind, code) => {
    const { error } = await readFrom(() => answer, "none", { errors });
    expect(error).toMatchObject({ kind, code });
  });

  test("what is no error is none", async () => {
    for (const fault of [null, "", false, 0, []]) {
      const outcome = await readFrom(() => ({ body: { fault, data: people(2) } }), "none", {
        errors,
      });
      expect(outcome.error).toBeUndefined();
    }
  });
});

test("a schema that changed passes over everybody, and clears nothing", async () => {
  const renamed = all.map((each) => ({ ...each, login: undefined, userName: "x" }));
  const { objects, skips, error } = await readFrom(() => ({ body: { data: renamed } }), "none");
  expect([objects, error]).toEqual([[], undefined]);
  expect(skips.map(({ anchor }) => anchor)).toEqual(all.map((_, at) => `p${at}`));
});

test("a member without an id makes its group doubtful; without a group, all", async () => {
  await using api = await HrApi.start();
  const { id } = api.teams.add({ label: "there" });
  api.people.add({ account: { login: "ann", status: "active" } });
  api.before = ({ path }) => (path.endsWith("/members")
    ? { headers: json, body: { data: [{ personId: "p-1" }, { role: "x" }, { personId: {} }] } }
    : undefined);
  const settings = await exampleFor("hr-rest-api", api.origin) as {
    readonly groups: { readonly members: { readonly ofGroup: readonly object[] } };
  };
  const connector = await connectJson(settings);
  const { members, skips, error } = await readAll(connector);
  expect([members, error]).toEqual([[{ group: id, member: "p-1" }], undefined]);
  expect(skips).toMatchObject([{ anchor: id, code: "ROW_MALFORMED" }]);
  await connector.close();
  const { users: _none, groups, ...rest } = settings as typeof settings & {
    readonly users: object; readonly groups: { readonly list: Record<string, unknown> };
  };
  const pairs = { ...groups.members.ofGroup[0], path: `/teams/${id}/members`, group: "team" };
  const { changes: _untold, ...list } = groups.list;
  const byPairs = await connectJson({
    ...rest, groups: { ...groups, list, members: { pairs } },
  });
  expect((await readAll(byPairs)).error).toMatchObject({ kind: "stop", code: "SOURCE_UNREADABLE" });
  await byPairs.close();
});

test("a group whose members are not to be found makes the read incomplete", async () => {
  await using api = await HrApi.start();
  api.teams.add({ label: "there" });
  api.before = ({ path }) => (path.endsWith("/members") ? { status: 404, body: {} } : undefined);
  const connector = await connectJson(await exampleFor("hr-rest-api", api.origin));
  expect((await readAll(connector)).error).toMatchObject({
    kind: "stop", code: "SOURCE_INCOMPLETE",
  });
  await connector.close();
});

test.each([[403, "PERMISSION_DENIED"], [404, "OBJECT_GONE"]] as const)(
  "who changed and cannot be read (%i) is there all the same", async (status, code) => {
    await using api = await HrApi.start();
    const { id } = api.people.add({ account: { login: "ann", status: "active" } });
    const connector = await connectJson(await exampleFor("hr-rest-api", api.origin));
    const { token } = await connector.changes?.begin(signal) ?? { token: "" };
    const person = api.people.find(id);
    if (person !== undefined) api.people.save(person);
    api.before = ({ path }) => (path === `/api/people/${id}` ? { status, body: {} } : undefined);
    const batches: unknown[] = [];
    const options = { signal, batchSizeMax: 50 };
    for await (const batch of connector.changes?.changes(token, options) ?? []) batches.push(batch);
    expect(batches).toMatchObject([
      { type: "skips", skips: [{ anchor: id, code }] }, { type: "token" },
    ]);
    await connector.close();
  },
);

test.each([
  ["pays no heed to the filter", () => ({ body: { data: people(2) } })],
  ["finds nothing by the filter", ({ query }: SeenRequest) =>
    ({ body: { data: query.has("since") ? [] : people(2) } })],
  ["has no clock", ({ query }: SeenRequest): ScriptedAnswer => ({ raw: (response) => {
    response.sendDate = false;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ data: query.has("since") ? [] : people(2) }));
  } })],
] as const)("a server that %s cannot tell what changed", async (_name, answer) => {
  await using server = await scriptedWebServer((request) =>
    ({ headers: json, ...answer(request) }));
  const changes = { kind: "since", query: { since: "{since}" } };
  const connector = await connectJson(settingsFor(new URL(server.url).origin, "none", { changes }));
  await expect(connector.changes?.begin(signal)).rejects.toMatchObject({
    kind: "stop", code: "MISCONFIGURED",
  });
  await connector.close();
});

test("an anchor read as text then as number duplicates every cycle: here it is one", async () => {
  for (const id of ["7", "9007199254740993", "18446744073709551615"]) {
    for (const written of [id, `"${id}"`]) {
      const outcome = await readFrom(() =>
        ({ body: `{"data":[{"id":${written},"login":"x"}]}` }), "none");
      expect(ids(outcome)).toEqual([id]);
    }
  }
});

test("what cannot be used is passed over, and a number of 64 bits is an anchor", async () => {
  const body = `{"data":[{"id":9007199254740993,"login":"a"},{"id":"9007199254740993x","login":"b"},
    {"login":"c"},{"id":4},{"id":5,"login":{"x":1}},{"id":6,"login":"e\\u0000"},7,null]}`;
  const { objects, skips, error } = await readFrom(() => ({ body }), "none");
  expect(error).toBeUndefined();
  expect(objects.map(({ anchor }) => anchor)).toEqual(["9007199254740993", "9007199254740993x"]);
  expect(skips.map(({ object, code, anchor }) => [object, code, anchor])).toEqual([
    ["user 3", "ANCHOR_MISSING", undefined], ["4", "VALUE_INVALID", "4"],
    ["5", "VALUE_INVALID", "5"], ["6", "VALUE_INVALID", "6"],
    ["user 7", "ANCHOR_MISSING", undefined], ["user 8", "ANCHOR_MISSING", undefined],
  ]);
});
