import { FakeConnector, FakeSystem } from "@joinery/connectors/fake";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Application } from "../../domain/application.js";
import { World } from "../../testing/world.js";
import { runImports } from "../imports/run-import.js";
import { removeApplication } from "../remove-application.js";
import { TaskWorker } from "../task-worker.js";
import { updateApplication } from "../update-application.js";
import { watchApplication } from "./watch-application.js";

export type { ProvidedServices };

let world: World;
let system: FakeSystem;
let connector: FakeConnector;
let crm: Application;
let workers: readonly TaskWorker[] = [];
let nth = 0;

beforeAll(async () => { world = await World.open(); });
afterAll(async () => world.close());

beforeEach(async () => {
  nth += 1;
  system = new FakeSystem();
  connector = new FakeConnector(system);
  for (let at = 0; at < 30; at += 1) system.seed("user", { login: `p${at}` });
  crm = await world.connected(`crm${nth}`, connector, { watched: true });
  workers = [
    new TaskWorker(world.deps, { kind: "import", handler: runImports, atOnce: 2, pollMs: 20 }),
    new TaskWorker(world.deps, {
      kind: "watch", handler: watchApplication, atOnce: 4, pollMs: 20, leaseMs: 1_500,
    }),
  ];
  for (const worker of workers) void worker.start();
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await removeApplication(world.deps, world.by, { id: crm.id });
});

/** The vault, which is not there, says of each run that it is done. */
const vaultIsDone = () =>
  world.rows("update run set state = 'finished' where state in ('inbound', 'outbound')");

/** Waits, with a vault that is done at once. */
async function eventually(look: () => Promise<void>): Promise<void> {
  await vi.waitFor(async () => {
    await vaultIsDone();
    await look();
  }, { timeout: 15_000, interval: 30 });
}

const held = async (state = "present") =>
  (await world.rows<{ anchor: string }>(
    "select anchor from account where application_id = $1 and state = $2 order by number",
    [crm.id, state])).map(({ anchor }) => anchor);
const runs = () => world.rows<{ reads: string; code: string | null }>(
  "select reads, code from run where application_id = $1 order by created_at", [crm.id]);
const problem = async () => (await world.rows<{ code: string | null }>(
  "select watch_code as code from application where id = $1", [crm.id]))[0]?.code;

describe("a watched application", () => {
  test("is read whole once, and then what changes is imported as it comes", async () => {
    await eventually(async () => expect(await held()).toHaveLength(30));
    const anchor = system.seed("user", { login: "joiner" });
    await eventually(async () => expect(await held()).toContain(anchor));
    system.remove("user-1");
    await eventually(async () => expect(await held("gone")).toEqual(["user-1"]));
    expect((await runs()).map(({ reads }) => reads)).toEqual(["everything", "changes", "changes"]);
    expect(await problem()).toBeNull();
  });

  test("has many hints put into few runs, and none is lost", async () => {
    await eventually(async () => expect(await held()).toHaveLength(30));
    for (let at = 0; at < 200; at += 1) {
      system.seed("user", { login: `many${at}` });
      if (at % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await eventually(async () => expect(await held()).toHaveLength(230));
    expect((await runs()).length).toBeLessThan(12);
  });

  test("is listened to again when the line broke, and what came meanwhile comes", async () => {
    await eventually(async () => expect(await held()).toHaveLength(30));
    connector.goesOffline();
    await eventually(async () => expect(await problem()).toBe("CONNECTOR_UNREACHABLE"));
    const anchor = system.seed("user", { login: "meanwhile" });
    connector.comesBack();
    await eventually(async () => expect(await held()).toContain(anchor));
    expect(await problem()).toBeNull();
    expect((await runs()).every(({ code }) => code === null)).toBe(true);
  });

  test("is left alone once it is not watched any more", async () => {
    await eventually(async () => expect(await held()).toHaveLength(30));
    await updateApplication(world.deps, world.by, { id: crm.id, watched: false });
    await vi.waitFor(async () => {
      const { rows } = await world.database.door.pool.query<{ isFree: boolean }>(
        `select leased_until is null as "isFree" from joinery.application_task
         where kind = 'watch' and subject = $1`, [crm.id]);
      expect(rows[0]?.isFree).toBe(true);
    }, { timeout: 10_000 });
    system.seed("user", { login: "unseen" });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await held()).toHaveLength(30);
  });

  test("says so where its connector cannot listen", async () => {
    const { reads, check, close } = connector;
    world.connectors.set(crm.key, { reads, check, close });
    await updateApplication(world.deps, world.by, { id: crm.id, name: "Deaf" });
    await eventually(async () => expect(await problem()).toBe("MISCONFIGURED"));
  });

  test("is not asked again and again while it cannot tell what changed", async () => {
    await eventually(async () => expect(await held()).toHaveLength(30));
    connector.faults = ({ operation }) => operation === "changes" ? { type: "half" } : undefined;
    const end = performance.now() + 4_000;
    while (performance.now() < end) {
      system.change("user-1", { title: `t${Math.round(end - performance.now())}` });
      await vaultIsDone();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const failed = (await runs()).filter(({ code }) => code !== null);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(4);
    connector.faults = () => undefined;
    const anchor = system.seed("user", { login: "after" });
    await eventually(async () => expect(await held()).toContain(anchor));
  });
});
