import { setPointHandler, type IdentityChange } from "@joinery/events";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Company, companyRules } from "../../testing/company.js";
import { FakeSystem } from "../../testing/fake-system.js";
import { World } from "../../testing/world.js";
import type { Application } from "../../domain/application.js";
import { runImports } from "../imports/run-import.js";
import { listPatterns } from "../plans/read-plan.js";
import { updateApplication } from "../update-application.js";
import { readDifference } from "./read-difference.js";
import { startSimulation } from "./start-simulation.js";

export type { ProvidedServices };

/** A company whose directory is live, and a source that is still in the sandbox. */
let world: World;
let company: Company;
let source: Application;
let sourceSystem: FakeSystem;

beforeEach(async () => {
  world = await World.open();
  company = await Company.open(world);
  sourceSystem = new FakeSystem(["name"]);
  for (const name of ["ann", "ben"]) {
    sourceSystem.put({ anchor: name, name, attributes: { name } });
  }
  source = await world.application("source", sourceSystem, {
    authoritativeFor: ["user"], phase: "sandbox",
  });
});
afterEach(async () => world.close());

/** Reads it again; the report of the day that would follow is put off. */
async function read(): Promise<string> {
  await world.rows(
    `insert into run (id, application_id, state, actor, reads)
     values (gen_random_uuid(), $1, 'discarded', '{}', 'simulation')`, [source.id]);
  const { id } = await world.startRun(source);
  await world.work("import", runImports);
  return id;
}

async function simulate(
  people: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<string> {
  const started = await startSimulation(world.deps, world.by);
  if (!started.ok) throw new Error(started.error.code);
  const { id: runId } = started.value;
  await survive(() => world.work("import", runImports));
  const identities: IdentityChange[] = [];
  for (const [name, attributes] of Object.entries(people)) {
    identities.push(await company.identity(name, "user", { number: name, ...attributes }));
  }
  await company.lane.tell("vault.identity.simulated",
    { runId, applicationId: source.id, identities });
  await company.lane.tell("vault.inbound.simulated",
    { runId, batches: 1, identities: identities.length, counts: { joined: 2 }, failures: [] });
  await survive(() => company.plan());
  return runId;
}

async function survive(work: () => Promise<unknown>): Promise<void> {
  await work().catch(async (error: unknown) => {
    if (!(error instanceof Killed)) throw error;
    await work();
  });
}

const itemsOf = (runId: string) => world.rows<{ hash: string; state: string; after: object }>(
  `select encode(hash, 'hex') as hash, state, after, operation from item where run_id = $1
   order by hash`, [runId]);

describe("an application in the sandbox", () => {
  test("is read, and nobody is told of what it holds", async () => {
    const told = (await world.told("applications.account.changed")).length;
    const run = await world.run(await read());
    expect(run).toMatchObject({ state: "finished", errors: {} });
    expect(await world.rows("select name from account where application_id = $1 order by name",
      [source.id])).toEqual([{ name: "ann" }, { name: "ben" }]);
    expect(await world.told("applications.account.changed")).toHaveLength(told);
    expect(await world.told("applications.import.released")).not.toContainEqual(
      expect.objectContaining({ payload: expect.objectContaining({ runId: run.id }) }));
  });

  test("is not held for what went away: nobody is harmed by it", async () => {
    for (let at = 0; at < 30; at += 1) {
      sourceSystem.put({ anchor: `p${at}`, name: `p${at}`, attributes: {} });
    }
    await read();
    for (let at = 0; at < 29; at += 1) sourceSystem.objects.delete(`user p${at}`);
    expect(await world.run(await read())).toMatchObject({ state: "finished" });
  });

  test("leaves it with everything that it holds told to the vault, and does not go back",
    async () => {
      await read();
      const change = (phase: "live" | "sandbox") =>
        updateApplication(world.deps, world.by, { id: source.id, phase });
      expect(await change("live")).toMatchObject({ ok: true });
      await world.work("import", runImports);
      const told = (await world.told("applications.account.restated")).at(-1);
      expect(told?.payload).toMatchObject({ applicationId: source.id });
      const accounts = (told?.payload["accounts"] ?? []) as unknown as { name: string }[];
      expect(accounts.map(({ name }) => name).sort()).toEqual(["ann", "ben"]);
      expect(await change("sandbox")).toMatchObject({ ok: false, error: { code: "PHASE_LEFT" } });
    });
});

/** The process dies the first time that it passes a point. */
class Killed extends Error {
  readonly code = "ECONNRESET";
}

describe("a simulation", () => {
  test("follows a read by itself where there was none for a day", async () => {
    world.now = new Date();
    await world.startRun(source);
    await world.work("import", runImports);
    const simulations = () => world.rows<{ id: string; state: string }>(
      "select id, state from run where reads = 'simulation' order by created_at");
    expect(await simulations()).toMatchObject([{ state: "inbound" }]);
    await world.rows("update run set state = 'finished' where reads = 'simulation'");
    await world.startRun(source);
    await world.work("import", runImports);
    expect(await simulations()).toHaveLength(1);
    world.now = new Date(Date.now() + 25 * 3_600_000);
    await world.startRun(source);
    await world.work("import", runImports);
    expect(await simulations()).toHaveLength(2);
  });

  test.each([
    "simulate.tell.before", "simulate.tell.after", "simulate.compute.after",
    "simulate.finish.after",
  ])("that dies at %s goes on, and plans each change once", async (point) => {
    await read();
    let deaths = 0;
    setPointHandler((name) => {
      if (name !== point || deaths > 0) return;
      deaths += 1;
      throw new Killed(point);
    });
    try {
      const runId = await simulate({ ann: {}, ben: {} });
      expect(deaths).toBe(1);
      expect(await world.run(runId)).toMatchObject({ state: "finished" });
      expect(await itemsOf(runId)).toHaveLength(2);
    } finally {
      setPointHandler(undefined);
    }
  });

  test("tells the vault what the sandbox holds, and plans what would follow, changing nothing",
    async () => {
      await read();
      const { item: _items, ...before } = await world.census();
      const runId = await simulate({ ann: { title: "Boss" }, ben: {} });
      const manifest = (await world.told("applications.import.simulated")).at(-1);
      expect(manifest?.payload).toMatchObject({ runId, applicationIds: [source.id] });
      expect(await world.run(runId)).toMatchObject({
        state: "finished", counts: { simulatedItems: 2, restated: 2 },
      });
      expect((await itemsOf(runId)).map(({ state }) => state)).toEqual(["simulated", "simulated"]);
      const { item: _more, ...after } = await world.census();
      expect(after).toEqual(before);
      expect(await world.rows("select from simulated")).toEqual([]);
      await company.export();
      expect([...company.system.objects.values()].some(({ name }) => name === "ann")).toBe(false);
      const [pattern] = await listPatterns(world.deps, world.by, { runId }, 10);
      expect(pattern).toMatchObject({ items: 2, sample: { operation: "create" } });
    });

  test("plans the items that the live run that follows has, to the last hash", async () => {
    await company.tell({ cem: { title: "Old" } });
    await company.run();
    await company.export();
    await read();
    const runId = await simulate({
      ann: { name: "Name of ann", title: "Boss" }, ben: { name: "Name of ben" },
      cem: { name: "Name of cem", title: "New" },
    });
    await company.tell({ ann: { title: "Boss" }, ben: {}, cem: { title: "New" } });
    const live = await company.run();
    const simulated = await itemsOf(runId);
    expect(simulated.map(({ hash }) => hash)).toEqual((await itemsOf(live.id)).map((i) => i.hash));
    expect(simulated).toHaveLength(3);
    await company.export();
    expect(company.system.objects.size).toBeGreaterThan(3);
  });

  test("tells what its guard would hold", async () => {
    await company.tell(Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [`n${at}`, { title: "T" }])));
    await company.run();
    await company.export();
    await read();
    const leaving = Object.fromEntries(Array.from({ length: 20 }, (_, at) =>
      [`n${at}`, { name: `Name of n${at}`, title: "T", status: "left" }]));
    const runId = await simulate(leaving);
    const waves = await world.tx((tx) => world.deps.waves.ofRuns(tx, [runId]));
    expect(waves.flatMap(({ breaches }) => breaches)).toMatchObject([{ class: "disable", n: 20 }]);
    expect(await world.run(runId)).toMatchObject({ state: "finished" });
    expect(await world.rows("select from guard_ledger where class = 'disable'")).toEqual([]);
  });

  test("says how its plan differs from the one before", async () => {
    await read();
    const first = await simulate({ ann: {}, ben: {} });
    expect(await readDifference(world.deps, world.by, first)).toBeNull();
    const second = await simulate({ ann: {}, cem: {} });
    expect(await readDifference(world.deps, world.by, second))
      .toEqual({ runId: first, appeared: 1, gone: 1, stayed: 1 });
    await simulate({ ann: {} });
    expect(await itemsOf(first)).toEqual([]);
    expect(await itemsOf(second)).toHaveLength(2);
  });

  test("that a crash of the database took the base of ends, and says so", async () => {
    await read();
    const started = await startSimulation(world.deps, world.by);
    const runId = started.ok ? started.value.id : "";
    await world.work("import", runImports);
    const identity = await company.identity("ann", "user", { number: "ann" });
    await company.lane.tell("vault.identity.simulated",
      { runId, applicationId: source.id, identities: [identity] });
    await world.rows("delete from simulated");
    await company.lane.tell("vault.inbound.simulated",
      { runId, batches: 1, identities: 1, counts: {}, failures: [] });
    await company.plan();
    expect(await world.run(runId)).toMatchObject({ state: "failed", code: "SIMULATION_LOST" });
  });

  test("is one at a time, and needs somebody in the sandbox who was read", async () => {
    expect(await startSimulation(world.deps, world.by))
      .toMatchObject({ ok: false, error: { code: "SANDBOX_EMPTY" } });
    await read();
    expect(await startSimulation(world.deps, world.by)).toMatchObject({ ok: true });
    expect(await startSimulation(world.deps, world.by))
      .toMatchObject({ ok: false, error: { code: "RUN_OPEN" } });
    expect(await world.startRun(source)).toMatchObject({ state: "queued" });
  });

  test("plans everybody into a target that is in the sandbox, told of by the vault or not",
    async () => {
      await company.tell({ ann: {}, ben: {} });
      await company.run();
      await company.export();
      const system = new FakeSystem([{ name: "cn", type: "string", naming: true }]);
      system.put({ anchor: "other", name: "other", attributes: { cn: "other" } });
      const mail = await world.application("mail", system, { phase: "sandbox" });
      const { directory } = companyRules.applications;
      const mailRules = { user: { outbound: {
        provision: { id: "mail.people", when: "identity.number != null" },
        otherwise: "disable" as const,
        mappers: [{ id: "mail.cn", kind: "direct" as const, from: "number", to: "cn" }],
      } } };
      const applications = { ...(directory ? { directory } : {}), mail: mailRules };
      await company.publish({ ...companyRules, applications }, 2);
      await read();
      await world.startRun(mail);
      await world.work("import", runImports);
      await company.run();
      const runId = await simulate({ cem: { name: "Name of cem" } });
      const planned = await world.rows<{ key: string; cn: string }>(
        `select a.key, i.after ->> 'cn' as cn from item i join application a
           on a.id = i.application_id where i.run_id = $1 order by 1, 2`, [runId]);
      expect(planned).toEqual([
        { key: "directory", cn: "cem" },
        { key: "mail", cn: "ann" }, { key: "mail", cn: "ben" }, { key: "mail", cn: "cem" },
      ]);
      expect(system.objects.size).toBe(1);
    });
});
