import { ConnectorError } from "@joinery/connectors";
import { FakeConnector, FakeSystem, rateLimited } from "@joinery/connectors/fake";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Application } from "../../domain/application.js";
import { Company } from "../../testing/company.js";
import { World } from "../../testing/world.js";
import { runImports } from "../imports/run-import.js";
import { runSchedules } from "../scheduling/run-schedules.js";
import { liftQuarantine } from "./lift-quarantine.js";
import { probeApplication } from "./probe-application.js";

export type { ProvidedServices };

let world: World;
let clock: Date;

beforeAll(async () => {
  world = await World.open();
  const schedules = { ...world.deps.schedules, now: () => Promise.resolve(clock) };
  Object.assign(world.deps, { schedules, chance: () => 1 });
});
afterAll(() => world.close());
beforeEach(() => { clock = new Date("2026-11-21T08:00:00Z"); });

const find = async ({ id }: Application): Promise<Application> => {
  const found = await world.tx((tx) => world.deps.applications.find(tx, id));
  if (found === null) throw new Error("no application");
  return found;
};
const healthOf = async (application: Application) => (await find(application)).health;
const told = async ({ id }: Application) => (await world.told("applications.health.changed"))
  .filter(({ payload }) => payload["applicationId"] === id)
  .map(({ payload: { state, code, failures } }) => ({ state, code, failures }));

/** Somebody looks at what is due so many minutes later, and does it. */
async function later(minutes: number, application: Application): Promise<void> {
  clock = new Date(clock.getTime() + minutes * 60_000);
  for (const kind of ["probe", "schedule"] as const) {
    await world.tx((tx) => world.deps.tasks.wish(tx, kind, application.id));
  }
  await world.work("probe", probeApplication);
  await world.work("schedule", runSchedules);
  await world.work("import", runImports);
}

describe("an application that cannot be read", () => {
  let connector: FakeConnector;
  let crm: Application;
  let nth = 0;
  beforeEach(async () => {
    nth += 1;
    const system = new FakeSystem();
    system.seed("user", { login: "ann" });
    connector = new FakeConnector(system);
    crm = await world.connected(`crm${nth}`, connector);
  });
  const schedule = async () => (await world.tx((tx) =>
    world.deps.schedules.ofApplications(tx, [crm.id])))[0];
  const failures = async () => (await world.told("applications.run.changed"))
    .filter(({ payload }) => payload["state"] === "failed" && payload["applicationId"] === crm.id)
    .map(({ payload }) => payload["repeated"] ?? false);

  test("is tried again soon, goes into quarantine, and comes out by itself", async () => {
    connector.goesOffline();
    await later(60, crm);
    expect(await healthOf(crm)).toMatchObject({ failures: 1, code: "CONNECTOR_UNREACHABLE" });
    expect((await schedule())?.nextAt).toEqual(new Date("2026-11-21T09:01:00Z"));
    for (const minutes of [1, 2, 4]) await later(minutes, crm);
    expect(await healthOf(crm)).toMatchObject({ failures: 4, quarantinedAt: null });
    expect(await told(crm)).toEqual([]);
    await later(8, crm);
    expect(await healthOf(crm)).toMatchObject({ failures: 5, quarantinedAt: clock });
    expect(await failures()).toEqual([false, true, true, true, true]);

    await later(60, crm);
    expect(await schedule()).toMatchObject({ lastOutcome: "APPLICATION_QUARANTINED" });
    expect(await healthOf(crm)).toMatchObject({ failures: 5, probes: 1 });
    expect(await failures()).toHaveLength(5);

    connector.comesBack();
    await later(2, crm);
    expect(await healthOf(crm)).toMatchObject({ failures: 0, quarantinedAt: null, told: false });
    const present = await world.rows(
      "select from account where application_id = $1 and state = 'present'", [crm.id]);
    expect(present).toHaveLength(1);
    expect(await told(crm)).toEqual([
      { state: "quarantined", code: "CONNECTOR_UNREACHABLE", failures: 5 },
      { state: "recovered", code: "CONNECTOR_UNREACHABLE", failures: 5 },
    ]);
  });

  test("though it answers is told of once, and asked later and later", async () => {
    connector.faults = ({ operation }) =>
      operation === "read" ? { type: "half" } : undefined;
    for (const minutes of [60, 1, 2, 4, 8]) await later(minutes, crm);
    expect((await healthOf(crm)).quarantinedAt).toEqual(clock);
    const waits: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      const { probeAt } = await healthOf(crm);
      waits.push(((probeAt?.getTime() ?? 0) - clock.getTime()) / 60_000);
      await later(waits.at(-1) ?? 0, crm);
      expect((await healthOf(crm)).quarantinedAt).toEqual(clock);
    }
    expect(waits).toEqual([1, 2, 4, 8]);
    expect(await told(crm)).toHaveLength(1);
  });

  test("is not asked before it wants to be", async () => {
    connector.faults = ({ operation }) =>
      operation === "read" ? rateLimited(7_200_000) : undefined;
    await later(60, crm);
    for (const minutes of [60, 59]) await later(minutes, crm);
    expect(await failures()).toHaveLength(1);
    await later(1, crm);
    expect(await failures()).toHaveLength(2);
  });

  test("in quarantine may be run by a person, and is well when that succeeds", async () => {
    connector.goesOffline();
    for (const minutes of [60, 1, 2, 4, 8]) await later(minutes, crm);
    connector.comesBack();
    const { id } = await world.startRun(crm);
    await world.work("import", runImports);
    expect(await world.run(id)).toMatchObject({ code: null });
    expect(await healthOf(crm)).toMatchObject({ failures: 0, quarantinedAt: null });
    expect(await world.work("probe", probeApplication)).toBeLessThanOrEqual(1);
  });
});

describe("an application that takes nothing", () => {
  test("keeps its queue in quarantine, until a person lifts it", async () => {
    const company = await Company.open(world);
    const { directory, system } = company;
    await company.tell({ ann: {} });
    await company.run();
    let asked = 0;
    system.onWrite = () => {
      asked += 1;
      return new ConnectorError("stop", "PERMISSION_DENIED", "read only");
    };
    const unpause = () => world.rows("update application set paused_until = null");
    for (const minutes of [0, 1, 2, 4, 8]) {
      clock = new Date(clock.getTime() + minutes * 60_000);
      await unpause();
      await world.tx((tx) => world.deps.tasks.wish(tx, "export", directory.id));
      await company.export();
    }
    expect(asked).toBe(5);
    expect(await healthOf(directory)).toMatchObject({ failures: 5, quarantinedAt: clock });
    await unpause();
    await world.tx((tx) => world.deps.tasks.wish(tx, "export", directory.id));
    await company.export();
    expect(asked).toBe(5);
    expect(await company.items()).toMatchObject([{ state: "open" }]);

    system.onWrite = () => undefined;
    expect(await liftQuarantine(world.deps, world.by, { id: directory.id })).toMatchObject({
      ok: true, value: { health: { quarantinedAt: null } },
    });
    await company.export();
    expect(await company.items()).toMatchObject([{ state: "done" }]);
    expect(await liftQuarantine(world.deps, world.by, { id: directory.id })).toMatchObject({
      ok: true,
    });
    const actions = (await world.told("applications.action.recorded"))
      .map(({ payload }) => payload["action"]);
    expect(actions.slice(-2)).toEqual(["application.quarantine", "application.liftQuarantine"]);
  });
});
