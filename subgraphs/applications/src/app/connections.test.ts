import { permissionsOf } from "@joinery/kit";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Application } from "../domain/application.js";
import { HrServer, listOf } from "../testing/hr-server.js";
import { World } from "../testing/world.js";
import { addApplication, type AddApplicationInput } from "./add-application.js";
import { checkApplication } from "./check-application.js";
import { checkConnection } from "./check-connection.js";
import { addConnection, removeConnection, updateConnection } from "./connections.js";
import { runImports } from "./imports/run-import.js";
import { removeApplication } from "./remove-application.js";
import { updateApplication } from "./update-application.js";

export type { ProvidedServices };

let world: World;
let server: HrServer;
/** A connection and applications of the test's own. */
let key: string;
let nth = 0;

beforeAll(async () => {
  world = await World.open();
  server = await HrServer.open("plain hr-token");
});
afterAll(async () => {
  await world.close();
  await server.close();
});
beforeEach(async () => {
  nth += 1;
  key = `c${nth}`;
  server.atOnceMost = 0;
  server.answerMs = 0;
  server.askedAt.length = 0;
});

const connect = (more: object = {}) => addConnection(world.deps, world.by, {
  key, name: "HR", connector: "http-json", configuration: { ...server.shared, ...more },
});
const add = (name: string, more: Partial<AddApplicationInput> = {}) =>
  addApplication(world.deps, world.by, {
    key: `${key}-${name}`, name, configuration: listOf(`/${name}`), connection: key, ...more,
  });

async function added(name: string, more: Partial<AddApplicationInput> = {}): Promise<Application> {
  const outcome = await add(name, more);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return outcome.value.application;
}

/** Imports both at the same time, each in its own worker. */
async function importBoth(both: readonly Application[]): Promise<void> {
  for (const each of both) await world.startRun(each);
  await Promise.all(both.map(() => world.work("import", runImports)));
}

const accountsOf = async ({ id }: Application) => (await world.rows<{ name: string }>(
  "select name from account where application_id = $1 order by name", [id]))
  .map(({ name }) => name);

describe("a connection", () => {
  test("serves several applications, each with a part of its own", async () => {
    expect(await connect()).toMatchObject({ ok: true });
    const both = [await added("people"), await added("teams")];
    expect(both).toMatchObject([
      { connector: "http-json", configuration: listOf("/people"), whole: { url: server.url } },
      { connector: "http-json", configuration: listOf("/teams") },
    ]);
    await importBoth(both);
    expect(await Promise.all(both.map(accountsOf))).toEqual([
      ["people.1", "people.2"], ["teams.1", "teams.2"],
    ]);
  });

  test.each([1, 2])(
    "lets its applications together have %i under way at once", async (most) => {
      await connect({ requestsAtOnceMax: most });
      const both = [await added("people"), await added("teams")];
      server.answerMs = 300;
      await importBoth(both);
      expect(server.atOnceMost).toBe(most);
    });

  test("keeps them to one rate", async () => {
    await connect({ requestsPerSecond: 4 });
    const both = [await added("people"), await added("teams")];
    await importBoth(both);
    const gaps = server.askedAt.slice(1).map((at, n) => at - (server.askedAt[n] ?? 0));
    expect(gaps.length).toBeGreaterThanOrEqual(3);
    // What is sent at its time may be underway for a while.
    expect(Math.min(...gaps)).toBeGreaterThan(150);
  });

  test("changes for all of them, each of which is told as changed", async () => {
    const connection = await connect({ url: "http://127.0.0.1:1" });
    const both = [await added("people"), await added("teams")];
    expect(await checkApplication(world.deps, world.by, { id: both[0]?.id ?? "" }))
      .toMatchObject({ value: { connection: { ok: false, code: "CONNECTOR_UNREACHABLE" } } });
    const id = connection.ok ? connection.value.id : "";
    const updated = await updateConnection(world.deps, world.by,
      { id: key, configuration: server.shared });
    expect(updated).toMatchObject({ ok: true, value: { id, name: "HR", revision: 2 } });
    for (const { id: applicationId, revision } of both) {
      expect(await checkApplication(world.deps, world.by, { id: applicationId })).toMatchObject({
        value: { connection: { ok: true }, application: { revision: revision + 1 } },
      });
    }
    const told = (await world.told("applications.application.changed")).slice(-2);
    expect(told.map(({ payload }) => payload["key"])).toEqual([`${key}-people`, `${key}-teams`]);
  });

  test("is refused a change that one of its applications could not live with", async () => {
    await connect();
    await added("people");
    const { url: _url, ...rest } = server.shared;
    expect(await updateConnection(world.deps, world.by, { id: key, configuration: rest }))
      .toMatchObject({ error: { code: "CONNECTION_INVALID", problems: [
        { setting: `${key}-people.configuration.url`, message: "is required" }] } });
    const both = { ...server.shared, ...listOf("/teams") };
    expect(await updateConnection(world.deps, world.by, { id: key, configuration: both }))
      .toMatchObject({ error: { code: "CONNECTION_INVALID", problems: [
        { setting: `${key}-people.configuration.users` }] } });
  });

  test("is not removed while an application uses it, and is when none does", async () => {
    await connect();
    const [people, teams] = [await added("people"), await added("teams")];
    expect(await removeConnection(world.deps, world.by, { id: key })).toMatchObject({
      error: { code: "CONNECTION_IN_USE", problems: [
        { setting: `${key}-people` }, { setting: `${key}-teams` }] } });
    await removeApplication(world.deps, world.by, { id: people.id });
    const whole = { ...server.shared, ...listOf("/teams") };
    expect(await updateApplication(world.deps, world.by, {
      id: teams.id, connection: "", configuration: whole,
    })).toMatchObject({ ok: true, value: { application: { connectionId: null, whole } } });
    expect(await removeConnection(world.deps, world.by, { id: key })).toMatchObject({ ok: true });
    expect(await removeConnection(world.deps, world.by, { id: key }))
      .toMatchObject({ error: { code: "CONNECTION_NOT_FOUND" } });
  });

  test("leaves a record of who did what, without its settings", async () => {
    await connect();
    await updateConnection(world.deps, world.by, { id: key, name: "Other" });
    await removeConnection(world.deps, world.by, { id: key });
    const told = (await world.told("applications.action.recorded")).slice(-3);
    expect(told.map(({ payload }) => payload)).toMatchObject([
      { action: "connection.add", target: { kind: "connection" }, after: { key } },
      { action: "connection.update", before: { name: "HR" }, after: { name: "Other" } },
      { action: "connection.remove", before: { key, connector: "http-json" } },
    ]);
    expect(JSON.stringify(told)).not.toContain("hr-token");
  });

  test("is not for those who may only read", async () => {
    const actor = { ...world.by.actor, permissions: permissionsOf.auditor };
    const by = { ...world.by, actor };
    await expect(addConnection(world.deps, by, {
      key, name: "HR", connector: "http-json", configuration: {},
    })).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(updateConnection(world.deps, by, { id: key })).rejects
      .toMatchObject({ code: "FORBIDDEN" });
    await expect(removeConnection(world.deps, by, { id: key })).rejects
      .toMatchObject({ code: "FORBIDDEN" });
    await expect(checkConnection(world.deps, by, { id: key })).rejects
      .toMatchObject({ code: "FORBIDDEN" });
  });
});

describe("a connection that is tried", () => {
  const check = (rest?: unknown) => checkConnection(world.deps, world.by,
    { id: key, ...(rest === undefined ? {} : { rest }) });

  test("is tried with each of its applications", async () => {
    await connect();
    await added("people");
    await added("teams");
    expect(await check()).toMatchObject({ value: { checks: [
      { application: `${key}-people`, state: { ok: true } },
      { application: `${key}-teams`, state: { ok: true } }] } });
  });

  test("needs to be told the rest where nobody uses it", async () => {
    await connect();
    expect(await check()).toMatchObject({ error: { code: "CONNECTION_INVALID", problems: [
      { setting: "configuration.users", message: "or groups is required" }] } });
    expect(await check(listOf("/people"))).toMatchObject({ value: { checks: [
      { application: null, state: { ok: true } }] } });
  });

  test("says what the system says", async () => {
    await connect({ authentication: { kind: "bearer", tokenSecret: "other" } });
    expect(await check(listOf("/people"))).toMatchObject({ value: { checks: [
      { state: { ok: false, code: "CREDENTIALS_REJECTED" } }] } });
  });
});

describe("what a connection cannot be", () => {
  test.each([
    [{ key: "Not A Key" }, "CONNECTION_INVALID", "key"],
    [{ name: "" }, "CONNECTION_INVALID", "name"],
    [{ connector: "none" }, "CONNECTOR_UNKNOWN", undefined],
    [{ configuration: [] }, "CONNECTION_INVALID", "configuration"],
    [{ configuration: { url: "ftp://x" } }, "CONNECTION_INVALID", "configuration.url"],
    [{ configuration: { colour: 1 } }, "CONNECTION_INVALID", "configuration.colour"],
  ])("%j", async (more, code, setting) => {
    const input = { key, name: "HR", connector: "http-json", configuration: {}, ...more };
    expect(await addConnection(world.deps, world.by, input)).toMatchObject({ error: {
      code, ...(setting === undefined ? {} : { problems: [{ setting }] }),
    } });
  });

  test("a second one of its key, or one of another connector than its application", async () => {
    await connect();
    expect(await connect()).toMatchObject({ error: { code: "CONNECTION_KEY_TAKEN" } });
    expect(await add("people", { connector: "scim" })).toMatchObject({
      error: { code: "APPLICATION_INVALID" } });
    expect(await add("people", { connection: "nobodys" })).toMatchObject({
      error: { code: "CONNECTION_NOT_FOUND" } });
    expect(await add("people", { configuration: { ...listOf("/people"), url: "https://x" } }))
      .toMatchObject({ error: { problems: [
        { setting: "configuration.url", message: "is said by the connection already" }] } });
  });
});
