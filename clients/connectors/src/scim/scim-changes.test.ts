import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ChangeBatch, Connector, ConnectorObject } from "../connector.js";
import { scriptedWebServer, type SeenRequest } from "../http/scripted-web-server.fixture.js";
import { indexPage, listing, people, type ScriptedUser } from "./list-server.fixture.js";
import { connectScim, settingsFor, startScimmy, type ScimmyServer } from "./scimmy.fixture.js";

const signal = new AbortController().signal;

async function report(connector: Connector, token: string): Promise<{
  readonly objects: readonly ConnectorObject[];
  readonly batches: readonly ChangeBatch[];
  readonly token: string;
}> {
  const batches: ChangeBatch[] = [];
  for await (const batch of connector.changes?.changes(token, { signal, batchSizeMax: 10 }) ?? []) {
    batches.push(batch);
  }
  const last = batches.at(-1);
  if (last?.type !== "token") throw new Error("a report ends with a token");
  const objects = batches.flatMap((each) => (each.type === "objects" ? each.objects : []));
  return { objects, batches, token: last.token };
}

const begin = async (connector: Connector): Promise<string> =>
  (await connector.changes?.begin(signal))?.token ?? "";

describe("changes of a server that filters by time", () => {
  let server: ScimmyServer;
  let connector: Connector;
  beforeEach(async () => {
    server = await startScimmy();
    connector = await connectScim(settingsFor(server.url));
  });
  afterEach(async () => {
    await connector.close();
    await server.stop();
  });

  const make = async (userName: string): Promise<string> => {
    const [result] = await connector.writes?.write([{
      operation: "create", id: userName, kind: "user", attributes: { userName },
    }], signal) ?? [];
    if (result?.ok !== true) throw new Error("nobody was made");
    return result.object?.anchor ?? "";
  };

  /** Changes behind everybody's back, at a time of the server's choosing. */
  const change = (anchor: string, more: object, lastModified = new Date()): void => {
    const found = server.users.get(anchor);
    if (found === undefined) throw new Error("nobody is there");
    Object.assign(found, more, { meta: { lastModified: lastModified.toISOString() } });
  };

  test("one-second watermarks lose changes of the same second: ours do not", async () => {
    const anchor = await make("ann");
    const second = new Date(Math.floor(Date.now() / 1000) * 1000);
    change(anchor, { title: "0" }, second);
    let token = await begin(connector);
    for (let turn = 1; turn <= 5; turn += 1) {
      change(anchor, { title: String(turn) }, second);
      const told = await report(connector, token);
      expect(told.objects).toMatchObject([{ anchor, attributes: { title: String(turn) } }]);
      ({ token } = told);
      const quiet = await report(connector, token);
      expect(quiet.batches).toHaveLength(1);
      ({ token } = quiet);
    }
  });

  test("a change that shows late, under a time that has passed, is told", async () => {
    const anchor = await make("ann");
    const { token } = await report(connector, await begin(connector));
    change(anchor, { title: "late" }, new Date(Date.now() - 30_000));
    expect((await report(connector, token)).objects).toMatchObject([{ attributes: {
      title: "late",
    } }]);
  });

  test("who is gone is told by nobody, and nobody else for it", async () => {
    const [ann] = [await make("ann"), await make("bob")];
    const token = await begin(connector);
    await connector.writes?.write([{
      operation: "delete", id: "d", kind: "user", anchor: ann, name: "ann",
    }], signal);
    expect((await report(connector, token)).batches).toHaveLength(1);
    expect((await connector.changes?.begin(signal))?.reportsDeletions).toBe(false);
  });

  test("a token of other settings is no token of these", async () => {
    await make("ann");
    const token = await begin(connector);
    const other = await connectScim({
      ...settingsFor(server.url), users: { filter: "userName sw \"a\"" },
    });
    await expect(report(other, token)).rejects.toMatchObject({ code: "DELTA_TOKEN_REJECTED" });
    await other.close();
  });
});

test("thousands that changed at once may come twice, and none is missed", async () => {
  let all: readonly ScriptedUser[] = [];
  await using server = await scriptedWebServer(listing((request) =>
    ({ body: indexPage(all, request) })));
  const { groups: _groups, ...settings } = settingsFor(server.url);
  const connector = await connectScim({ ...settings, users: { pageSize: 500 } });
  const token = await begin(connector);
  const meta = { lastModified: new Date().toISOString() };
  all = people(2_100).map((each) => ({ ...each, meta }));
  const first = await report(connector, token);
  expect(first.objects.map(({ anchor }) => anchor)).toEqual(all.map(({ id }) => id));
  const again = await report(connector, first.token);
  expect(again.objects).toHaveLength(100);
  expect(again.token.length).toBeLessThan(100_000);
  await connector.close();
});

/** Takes, ignores or misreads a filter by time. */
const servers = {
  ignores: (list: readonly ScriptedUser[]) => list,
  knowsNone: (list: readonly ScriptedUser[], filter: string | null) =>
    (filter?.includes("lastModified") === true ? [] : list),
} as const;

describe("a server that cannot tell what changed", () => {
  const attempt = async (
    all: readonly unknown[], pick: (request: SeenRequest) => readonly unknown[] | number,
  ): Promise<unknown> => {
    await using server = await scriptedWebServer(listing((request) => {
      const picked = pick(request);
      return typeof picked === "number" ? { status: picked, body: {} }
        : { body: indexPage(picked, request) };
    }));
    const { groups: _groups, ...settings } = settingsFor(server.url);
    const connector = await connectScim(settings);
    const found: unknown = await connector.changes?.begin(signal)
      .catch((reason: unknown) => reason);
    await connector.close();
    expect(all.length).toBeGreaterThan(0);
    return found;
  };
  const silent = { kind: "stop", code: "MISCONFIGURED" };
  const filterOf = ({ query }: SeenRequest) => query.get("filter");

  test("one that ignores, does not know or refuses the filter is found out", async () => {
    const all = people(30);
    for (const pick of Object.values(servers)) {
      expect(await attempt(all, (request) => pick(all, filterOf(request)))).toMatchObject(silent);
    }
    for (const status of [400, 501]) {
      const refuses = (request: SeenRequest) => (filterOf(request) === null ? all : status);
      expect(await attempt(all, refuses)).toMatchObject(silent);
    }
  });

  test("one whose resources do not say when they changed is found out", async () => {
    const all = people(3).map(({ meta: _meta, ...rest }) => rest);
    expect(await attempt(all, () => all)).toMatchObject(silent);
  });

  test("one that filters by time has a position, though its clock is off by years", async () => {
    const all = people(3);
    const found = await attempt(all, (request) => {
      const since = /lastModified ge "([^"]+)"/.exec(filterOf(request) ?? "")?.[1];
      return since === undefined || Date.parse(since) <= Date.parse("2026-01-01T00:00:00Z")
        ? all : [];
    });
    expect(found).toMatchObject({ reportsDeletions: false });
  });
});

test("a clock that went back asks for a full read, and says nothing of anybody", async () => {
  let date = "Sun, 01 Mar 2026 12:00:00 GMT";
  await using server = await scriptedWebServer(listing((request) =>
    ({ body: indexPage([], request), headers: { date } })));
  const { groups: _groups, ...settings } = settingsFor(server.url);
  const connector = await connectScim(settings);
  const token = await begin(connector);
  expect((await report(connector, token)).batches).toHaveLength(1);
  date = "Sun, 01 Mar 2026 11:00:00 GMT";
  await expect(report(connector, token)).rejects.toMatchObject({ code: "DELTA_TOKEN_REJECTED" });
  await connector.close();
});
