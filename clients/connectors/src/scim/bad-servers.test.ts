import { describe, expect, test } from "vitest";
import type { ConnectorErrorCode, ConnectorErrorKind } from "../connector.js";
import {
  scriptedWebServer, type ScriptedAnswer, type SeenRequest,
} from "../http/scripted-web-server.fixture.js";
import { readAll, type ReadOutcome } from "../testing/read-all.js";
import { indexPage, listing, people, type ScriptedUser } from "./list-server.fixture.js";
import { connectScim, settingsFor, startScimmy, token } from "./scimmy.fixture.js";

const { groups: _groups, ...common } = settingsFor("");
const usersOnly = { ...common, users: { pageSize: 10 }, timeouts: { answerMs: 500 } };

async function readFrom(
  answer: (request: SeenRequest) => ScriptedAnswer, settings: object = {},
): Promise<ReadOutcome & { readonly requests: readonly SeenRequest[] }> {
  await using server = await scriptedWebServer(answer);
  const connector = await connectScim({ ...usersOnly, url: server.url, ...settings });
  const outcome = await readAll(connector);
  await connector.close();
  return { ...outcome, requests: server.seen };
}

const ids = ({ objects }: ReadOutcome) => objects.map(({ anchor }) => anchor);
const all = people(35);
const cut = (body: string, extra = ""): ScriptedAnswer => ({ body: body.slice(0, -20) + extra });

/** What each n-th page is instead of what it should be, and how the read ends. */
const bad: readonly (readonly [
  name: string, page: (request: SeenRequest, at: number) => ScriptedAnswer,
  kind: ConnectorErrorKind, code: ConnectorErrorCode,
])[] = [
  ["the first page comes again and again", () => ({
    body: indexPage(all, { query: new URLSearchParams("count=10") } as SeenRequest),
  }), "stop", "SOURCE_INCOMPLETE"],
  ["the first page comes again and says that it is the next", (request) => ({ body: {
    ...indexPage(all, { query: new URLSearchParams("count=10") } as SeenRequest),
    startIndex: Number(request.query.get("startIndex")),
  } }), "stop", "SOURCE_INCOMPLETE"],
  ["a page in the middle is empty", (request, at) => ({
    body: at % 4 === 2 ? { ...indexPage(all, request), Resources: [] } : indexPage(all, request),
  }), "stop", "SOURCE_INCOMPLETE"],
  ["a page holds only what is known already", (request) => {
    const page = indexPage(all, request);
    const resources = page["Resources"] as unknown[];
    const isThird = request.query.get("startIndex") === "19";
    return { body: isThird ? { ...page, Resources: resources.slice(0, 1) } : page };
  }, "stop", "SOURCE_INCOMPLETE"],
  ["nothing comes of what the total says", () => ({ body: { totalResults: 35 } }),
    "stop", "SOURCE_INCOMPLETE"],
  ["a page ends in its middle", (request, at) => (at === 2
    ? cut(JSON.stringify(indexPage(all, request))) : { body: indexPage(all, request) }),
  "stop", "SOURCE_INCOMPLETE"],
  ["a page is one to sign in on", (request, at) => (at === 2
    ? { headers: { "content-type": "text/html" }, body: "<html>Sign in</html>" }
    : { body: indexPage(all, request) }), "stop", "SOURCE_UNREADABLE"],
  ["a page to sign in on calls itself JSON", () => ({ body: "<html>Sign in</html>" }),
    "stop", "SOURCE_INCOMPLETE"],
  ["a redirect leads to where to sign in", (request, at) => (at === 1
    ? { status: 302, headers: { location: "/login" } } : { body: indexPage(all, request) }),
  "stop", "SOURCE_UNREADABLE"],
  ["an error calls itself success", () => ({ body: { error: "no rights" } }),
    "stop", "SOURCE_UNREADABLE"],
  ["a list of something else", () => ({ body: { totalResults: 1, Resources: ["x"] } }),
    "stop", "SOURCE_UNREADABLE"],
  ["bytes that are no UTF-8", () => ({ raw: (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(Buffer.from('{"totalResults":0,"x":"\xff"}', "latin1"));
  } }), "stop", "SOURCE_ENCODING"],
  ["the rights were revoked", (request, at) => (at === 1
    ? { status: 403, body: {} } : { body: indexPage(all, request) }), "stop", "PERMISSION_DENIED"],
  ["the token ended", (request, at) => (at === 1
    ? { status: 401, body: {} } : { body: indexPage(all, request) }),
  "stop", "CREDENTIALS_REJECTED"],
  ["the place is gone", () => ({ status: 404, body: {} }), "stop", "MISCONFIGURED"],
  ["too many for the server", () => ({ status: 400, body: { scimType: "tooMany" } }),
    "stop", "LIMIT_EXCEEDED"],
  ["the server dies in the middle of a page, each time", (request, at) => (at === 0
    ? { body: indexPage(all, request) } : { raw: (response, socket) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": 5000 });
      response.write('{"totalResults":35,');
      setTimeout(() => { socket.destroy(); }, 20);
    } }), "retry", "CONNECTOR_UNREACHABLE"],
  ["the server is silent", (request, at) => (at === 0
    ? { body: indexPage(all, request) } : { raw: () => undefined }), "retry", "CONNECTOR_TIMEOUT"],
  ["the answer comes a byte at a time", () => ({ raw: (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const timer = setInterval(() => { response.write(" "); }, 50);
    response.on("close", () => { clearInterval(timer); });
  } }), "retry", "CONNECTOR_TIMEOUT"],
  ["the server breaks", (request, at) => (at === 0
    ? { body: indexPage(all, request) } : { status: 500, body: {} }), "retry", "CONNECTOR_BUSY"],
  ["the server wants an hour", () => ({
    status: 429, headers: { "retry-after": "3600" }, body: {},
  }), "retry", "CONNECTOR_RATE_LIMITED"],
];

test.each(bad)("%s: the read is not whole", async (_name, page, kind, code) => {
  const { error, objects } = await readFrom(listing(page));
  expect(error).toMatchObject({ kind, code });
  expect(new Set(objects.map(({ anchor }) => anchor)).size).toBe(objects.length);
}, 20_000);

test("an answer over its bound stops, and no more of it is taken", async () => {
  const { error } = await readFrom(listing(() => ({ raw: (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const pour = (): void => { while (response.write("x".repeat(65_536))); };
    response.on("drain", pour);
    pour();
  } })), { answerBytesMax: 1_000_000 });
  expect(error).toMatchObject({ kind: "stop", code: "LIMIT_EXCEEDED" });
});

test("an independent server that pays no heed to startIndex is found out", async () => {
  await using server = await startScimmy({ pages: false });
  for (let number = 0; number < 30; number += 1) {
    await fetch(`${server.url}/Users`, {
      method: "POST", body: JSON.stringify({ userName: `u${number}` }),
      headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
    });
  }
  expect(server.users.size).toBe(30);
  const connector = await connectScim({ ...usersOnly, url: server.url });
  const { error, objects } = await readAll(connector);
  expect(error).toMatchObject({ kind: "stop", code: "SOURCE_INCOMPLETE" });
  expect(objects).toHaveLength(20);
  await connector.close();
});

describe("a list that moves while it is read", () => {
  const moving = (change: (list: ScriptedUser[], at: number) => void) => {
    const list = [...all];
    return listing((request, at) => {
      change(list, at);
      return { body: indexPage(list, request) };
    });
  };

  test("who stays is never lost, whoever leaves and comes", async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      let state = seed;
      const random = (below: number): number => {
        state = (state * 48_271) % 2_147_483_647;
        return state % below;
      };
      const gone = new Set<string>();
      let moves = 0;
      const { error, objects } = await readFrom(moving((list, at) => {
        if (at === 0 || moves >= 4 || random(2) === 0) return;
        moves += 1;
        if (random(2) === 0) gone.add(list.splice(random(list.length), 1)[0]?.id ?? "");
        else list.splice(random(list.length), 0, { ...people(1)[0], id: `new-${moves}` });
      }));
      const read = new Set(objects.map(({ anchor }) => anchor));
      const lost = all.filter(({ id }) => !gone.has(id) && !read.has(id)).map(({ id }) => id);
      const isTold = error?.code === "SOURCE_INCOMPLETE";
      expect([seed, isTold ? [] : lost]).toEqual([seed, []]);
      expect(read.size).toBe(objects.length);
    }
  }, 60_000);

  test("one who leaves for another who comes keeps the total, and nobody is lost", async () => {
    const exchange = (list: ScriptedUser[], at: number): void => {
      if (at !== 1) return;
      list.shift();
      list.push({ ...people(1)[0], id: "late" });
    };
    const outcome = await readFrom(moving(exchange));
    expect(outcome.error).toBeUndefined();
    expect(ids(outcome).sort()).toEqual([...all.map(({ id }) => id), "late"].sort());
    // Pages that do not overlap lose somebody here, and no number tells.
    const naive = await readFrom(moving(exchange), { quirks: { pageOverlap: false } });
    expect(naive.error).toBeUndefined();
    expect(ids(naive)).not.toContain("id-10");
  });

  test("a list that never stands still is not whole", async () => {
    const { error } = await readFrom(moving((list, at) => { if (at > 0) list.shift(); }));
    expect(error).toMatchObject({ kind: "stop", code: "SOURCE_INCOMPLETE" });
  });
});

describe("a list that is whole, in a form that is not usual", () => {
  const whole: readonly (readonly [
    name: string, page: (request: SeenRequest) => ScriptedAnswer, settings?: object,
  ])[] = [
    ["pages are shorter than asked", (request) => {
      request.query.set("count", "4");
      return { body: indexPage(all, request) };
    }],
    ["pages are longer than asked", (request) => {
      request.query.set("count", "17");
      return { body: indexPage(all, request) };
    }],
    ["the total is what is on the page", (request) => {
      const page = indexPage(all, request);
      return { body: { ...page, totalResults: (page["Resources"] as unknown[]).length } };
    }],
    ["there is no total and no startIndex", (request) =>
      ({ body: { Resources: indexPage(all, request)["Resources"] } })],
    ["numbers are texts", (request) => {
      const page = indexPage(all, request);
      return { body: { ...page, totalResults: "35", startIndex: String(page["startIndex"]) } };
    }],
    ["members of objects are spelled in another case", (request) => {
      const { Resources: resources, ...page } = indexPage(all, request);
      const shouted = (resources as readonly ScriptedUser[])
        .map(({ id, userName }) => ({ ID: id, USERNAME: userName }));
      return { body: { ...page, resources: shouted } };
    }],
    ["JSON without a type", (request) => ({ raw: (response) => {
      response.end(JSON.stringify(indexPage(all, request)));
    } })],
    ["pages do not overlap", (request) => {
      const start = Number(request.query.get("startIndex"));
      const aligned = Math.floor((start - 1) / 10) * 10 + 1;
      request.query.set("startIndex", String(aligned));
      return { body: indexPage(all, request) };
    }, { quirks: { pageOverlap: false } }],
    ["pages by cursor, some of them empty", ({ query }) => {
      const at = Number(query.get("cursor") === "" ? "0" : query.get("cursor"));
      const next = at + 1 < 12 ? { nextCursor: String(at + 1) } : {};
      const Resources = at % 3 === 1 ? [] : all.slice((at - Math.ceil(at / 3)) * 5).slice(0, 5);
      return { body: { itemsPerPage: 5, Resources, ...next } };
    }, { quirks: { paging: "cursor" } }],
    ["pages by cursor that nobody asked for", ({ query }) => {
      const at = Number(query.get("cursor") ?? "0");
      const next = at + 10 < all.length ? { nextCursor: String(at + 10) } : {};
      return { body: { Resources: all.slice(at, at + 10), totalResults: 35, ...next } };
    }],
    ["no cursors where some were asked for", (request) => ({ body: indexPage(all, request) }),
      { quirks: { paging: "cursor" } }],
  ];

  test.each(whole.map(([name, page, settings]) => ({ name, page, settings })))(
    "$name",
    async ({ page, settings }) => {
      const outcome = await readFrom(listing(page), settings);
      expect(outcome.error).toBeUndefined();
      expect(ids(outcome)).toEqual(all.map(({ id }) => id));
    },
  );

  test("an empty list is whole, and so is one of one", async () => {
    for (const list of [[], all.slice(0, 1), all.slice(0, 10), all.slice(0, 11)]) {
      const outcome = await readFrom(listing((request) => ({ body: indexPage(list, request) })));
      expect(outcome.error).toBeUndefined();
      expect(outcome.objects).toHaveLength(list.length);
    }
  });
});

describe("pages by cursor that are not whole", () => {
  const byCursor = { quirks: { paging: "cursor" } };
  test.each([
    ["a cursor is no text", () => ({ nextCursor: { word: "x" } })],
    ["a total is no number", (at: number) =>
      (at < 2 ? { nextCursor: String(at + 1) } : { totalResults: "many" })],
    ["a cursor leads back", (at: number) => ({ nextCursor: String(at % 3) })],
    ["the last page names a total that did not come", (at: number) =>
      (at < 2 ? { nextCursor: String(at + 1) } : { totalResults: 35 })],
  ] as const)("%s", async (_name, next) => {
    const { error } = await readFrom(listing(({ query }) => {
      const at = Number(query.get("cursor") === "" ? "0" : query.get("cursor"));
      return { body: { Resources: all.slice(at * 10, at * 10 + 10), ...next(at) } };
    }), byCursor);
    expect(error).toMatchObject({ kind: "stop" });
    expect(error?.code).toMatch(/^SOURCE_(?:INCOMPLETE|UNREADABLE)$/);
  });

  test("one that expired begins anew, and nobody comes twice", async () => {
    let expiries = 0;
    const outcome = await readFrom(listing(({ query }) => {
      const at = Number(query.get("cursor") === "" ? "0" : query.get("cursor"));
      if (at === 20 && expiries === 0) {
        expiries += 1;
        return { status: 400, body: { scimType: "expiredCursor" } };
      }
      const next = at + 10 < all.length ? { nextCursor: String(at + 10) } : {};
      return { body: { Resources: all.slice(at, at + 10), ...next } };
    }), byCursor);
    expect(outcome.error).toBeUndefined();
    expect(expiries).toBe(1);
    expect(ids(outcome)).toEqual(all.map(({ id }) => id));
  });
});

test("one bad resource is passed over and stops nobody else", async () => {
  const list: unknown[] = [
    ...people(3), { userName: "without id" }, { id: 7, userName: "number" },
    { id: "bad", userName: "nul\0" }, { id: "state", userName: "s", active: "perhaps" },
    { id: "list", userName: ["a"] }, { id: "half", userName: "\ud800" }, { id: "no-name" },
  ];
  const { objects, skips, error } = await readFrom(listing((request) =>
    ({ body: indexPage(list, request) })));
  expect(error).toBeUndefined();
  expect(objects.map(({ anchor, name }) => [anchor, name])).toEqual([
    ["id-0", "user-0"], ["id-1", "user-1"], ["id-2", "user-2"], ["7", "number"],
    ["no-name", "no-name"],
  ]);
  expect(skips.map(({ anchor, code }) => [anchor, code])).toEqual([
    [undefined, "ANCHOR_MISSING"], ["bad", "VALUE_INVALID"], ["state", "VALUE_INVALID"],
    ["list", "VALUE_INVALID"], ["half", "VALUE_INVALID"],
  ]);
});

test("an anchor read as text then as number duplicates every cycle: here it is one", async () => {
  for (const id of ["7", "9007199254740993", "18446744073709551615"]) {
    const seen: string[] = [];
    for (const written of [id, `"${id}"`]) {
      const body = `{"totalResults":1,"Resources":[{"id":${written},"userName":"x"}]}`;
      seen.push(...ids(await readFrom(listing(({ query }) => (query.get("startIndex") === "1"
        ? { body } : { body: `{"totalResults":1,"startIndex":1,"Resources":[{"id":${written}}]}` }
      )))));
    }
    expect(seen).toEqual([id, id]);
  }
});
