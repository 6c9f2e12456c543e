import { readFile } from "node:fs/promises";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { companyRules, peopleFile } from "../cli/company.js";
import { until } from "../support/organisation.js";
import { openWorld, type World } from "../support/world.js";

/** HR and a CRM begin in the sandbox; what a simulation says of them is what happens later. */
describe("an organisation that begins in the sandbox", () => {
  const people = 30;
  let world: World;
  let hr: string;
  let crm: string;
  let simulated: string[];

  beforeAll(async () => {
    world = await openWorld();
    const { organisation } = world;
    await world.writeFile("people.csv", peopleFile(people));
    hr = await organisation.addApplication({
      key: "hr", name: "HR", connector: "csv", authoritativeFor: ["user"], phase: "sandbox",
      configuration: { path: "people.csv", anchor: "number" },
    });
    crm = await organisation.addApplication({
      key: "crm", name: "CRM", connector: "csv", phase: "sandbox",
      configuration: {
        path: "crm.csv", anchor: "number", mayBeEmpty: true, createWhenMissing: true,
        columns: [{ name: "number" }, { name: "name" }, { name: "mail" }],
      },
    });
    await organisation.publish(companyRules);
    for (const id of [crm, hr]) {
      expect(await organisation.run(id)).toMatchObject({ state: "finished", errors: [] });
    }
  }, 180_000);
  afterAll(() => world?.stop());

  const inCrm = async (): Promise<Record<string, string>[]> =>
    parse(await readFile(world.filePath("crm.csv")).catch(() => ""), { columns: true });

  async function inVault(): Promise<number> {
    const { identityCounts } = await world.graph.ask<{ identityCounts: { users: number } }>(
      "{ identityCounts { users } }");
    return identityCounts.users;
  }

  /** Hashes of what a run plans, in order. */
  async function planOf(id: string, state: string): Promise<string[]> {
    const { run } = await world.graph.ask<{ run: { items: { nodes: { hash: string }[] } } }>(
      `query ($id: ID!, $state: String) { run(id: $id) {
         items(first: 500, state: $state) { nodes { hash } } } }`, { id, state });
    return run.items.nodes.map(({ hash }) => hash).sort();
  }

  async function simulate(): Promise<string> {
    let id: string | undefined;
    await until(async () => {
      const { startSimulation } = await world.graph.ask<{
        startSimulation: { run: { id: string } | null };
      }>("mutation { startSimulation { run { id } } }");
      id = startSimulation.run?.id;
      return id !== undefined;
    }, "the simulation of the day is over");
    expect(await world.organisation.ended(id ?? "")).toMatchObject({ state: "finished" });
    return id ?? "";
  }

  test("is told what would happen to everybody, and nothing of it happens", async () => {
    const id = await simulate();
    simulated = await planOf(id, "simulated");
    expect(simulated).toHaveLength(people);
    const { run } = await world.graph.ask<{
      run: { patterns: object[]; waves: { process: string; counts: object }[] };
    }>(
      `query ($id: ID!) { run(id: $id) {
         patterns { operation kind items applicationId } waves { process counts } } }`, { id });
    expect(run.patterns).toEqual([
      { operation: "create", kind: "user", items: people, applicationId: crm },
    ]);
    const inbound = run.waves.find(({ process }) => process === "inbound");
    expect(inbound?.counts).toMatchObject({ joined: people });
    expect(await inVault()).toBe(0);
    expect(await inCrm()).toEqual([]);
  }, 60_000);

  test("is told what changed since the simulation before", async () => {
    await world.writeFile("people.csv", peopleFile(people + 2, [1]));
    await world.organisation.run(hr);
    const id = await simulate();
    const { run } = await world.graph.ask<{ run: { difference: object } }>(
      "query ($id: ID!) { run(id: $id) { difference { appeared gone stayed } } }", { id });
    expect(run.difference).toEqual({ appeared: 2, gone: 1, stayed: people - 1 });
    simulated = await planOf(id, "simulated");
  }, 60_000);

  test("has just that happen once it is live", async () => {
    for (const id of [hr, crm]) {
      const { updateApplication } = await world.graph.ask<{
        updateApplication: { errors: { code: string }[] };
      }>(
        `mutation ($id: ID!) { updateApplication(input: { id: $id, phase: "live" }) {
           errors { code } } }`, { id });
      expect(updateApplication.errors).toEqual([]);
    }
    await until(async () => (await inCrm()).length === people + 1, "everybody is in the CRM");
    const { runs } = await world.graph.ask<{ runs: { nodes: { id: string; reads: string }[] } }>(
      "{ runs(first: 50) { nodes { id reads } } }");
    const told = runs.nodes.filter(({ reads }) => reads === "nothing");
    await Promise.all(told.map(({ id }) => world.organisation.ended(id)));
    const live = (await Promise.all(told.map(({ id }) => planOf(id, "done")))).flat().sort();
    expect(live).toEqual(simulated);
    expect(await inVault()).toBe(people + 1);
    const back = world.graph.ask<{ updateApplication: { errors: { code: string }[] } }>(
      `mutation ($id: ID!) { updateApplication(input: { id: $id, phase: "sandbox" }) {
         errors { code } } }`, { id: hr });
    expect((await back).updateApplication.errors).toEqual([
      expect.objectContaining({ code: "PHASE_LEFT" }),
    ]);
    expect(await world.organisation.run(hr)).toMatchObject({ state: "finished", errors: [] });
  }, 90_000);
});
