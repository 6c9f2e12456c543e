import { FakeConnector, FakeSystem as ReportingSystem } from "@joinery/connectors/fake";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeSystem } from "../../testing/fake-system.js";
import { World } from "../../testing/world.js";
import { isPassing } from "../passing.js";
import type { Deps } from "../ports.js";
import { runImports } from "./run-import.js";

export type { ProvidedServices };

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => world.close());

/** The database crashes after the nth transaction from now on, and who works on it lives on. */
function crashAfter(nth: number): { readonly deps: Deps; readonly passed: () => number } {
  let passed = 0;
  const within: Deps["within"] = async (tenant, work) => {
    const result = await world.deps.within(tenant, work);
    passed += 1;
    if (passed === nth) {
      await world.rows("delete from stage");
      await world.rows("delete from stage_event");
    }
    return result;
  };
  return { deps: { ...world.deps, within }, passed: () => passed };
}

/** As a worker does: what only passes is tried again. */
async function workThrough(deps: Deps): Promise<void> {
  for (let tries = 0; tries < 4; tries += 1) {
    try {
      await world.work("import", (_deps, task, signal) => runImports(deps, task, signal));
      return;
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }
  throw new Error("it never passes");
}

const present = () =>
  world.rows("select anchor, attributes from account where state = 'present' order by anchor");

test("a database that crashes between any two steps of an import loses no change", async () => {
  let steps = 1;
  for (let nth = 0; nth <= steps; nth += 1) {
    const system = new FakeSystem(["name"]);
    for (let at = 0; at < 20; at += 1) system.put({ anchor: `e${at}`, attributes: { name: "a" } });
    const key = `hr${nth}`;
    const application = await world.application(key, system);
    await world.startRun(application);
    await workThrough(world.deps);
    await world.rows("update run set state = 'finished'");

    for (let at = 0; at < 7; at += 1) system.put({ anchor: `e${at}`, attributes: { name: "b" } });
    system.put({ anchor: "e20", attributes: { name: "c" } });
    system.remove("e19");
    const run = await world.startRun(application);
    const crashing = crashAfter(nth);
    await workThrough(crashing.deps);
    if (nth === 0) steps = crashing.passed();

    const found = (await present()).map(({ anchor, attributes }) =>
      `${String(anchor)} ${(attributes as { name: string }).name}`);
    const expected = [...system.objects.values()].map(({ anchor, attributes }) =>
      `${anchor} ${String(attributes["name"])}`).sort();
    expect(found, `after step ${nth}`).toEqual(expected);
    const told = (await world.told("applications.account.changed"))
      .filter(({ envelope }) => envelope.correlation === run.id)
      .flatMap(({ payload }) => (payload as unknown as { accounts: unknown[] }).accounts);
    expect(told, `after step ${nth}`).toHaveLength(9);
    await world.rows("delete from account");
    await world.rows("update run set state = 'finished'");
  }
  expect(steps).toBeGreaterThan(5);
}, 120_000);

test("a report that is read again beside a write of ours does not move its position", async () => {
  const system = new ReportingSystem();
  system.seed("user", { login: "p0" });
  const group = system.seed("group", { name: "g0" });
  const application = await world.connected("reporting", new FakeConnector(system));
  await world.startRun(application);
  await workThrough(world.deps);
  await world.rows("update run set state = 'finished'");
  const position = () => world.tx((tx) => world.deps.reports.position(tx, application.id));
  const before = await position();
  system.perform({
    operation: "members", id: "x", anchor: group, name: group, add: ["p0"], remove: [],
  });
  await world.startRun(application, true);
  let isLost = false;
  const within: Deps["within"] = async (tenant, work) => {
    const result = await world.deps.within(tenant, work);
    const released = await world.rows(
      "select from wave join run r on r.id = run_id where reads = 'changes' and root is not null");
    if (released.length === 0 || isLost) return result;
    isLost = true;
    await world.rows("delete from stage");
    await world.rows("update account set written_at = now() + interval '1 minute' " +
      "where anchor = $1", [group]);
    return result;
  };
  await workThrough({ ...world.deps, within });
  expect(isLost).toBe(true);
  expect(await world.rows("select from member")).toEqual([]);
  expect(await position()).toEqual(before);
});
