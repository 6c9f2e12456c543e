import { readFile } from "node:fs/promises";
import type { RuleSet } from "@joinery/engine";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { companyRules, peopleFile } from "../cli/company.js";
import { isWaiting, until } from "../support/organisation.js";
import { openWorld, type World } from "../support/world.js";
import { connectHrAndCrm } from "./hr-and-crm.js";

/** People who change their minds: about a rule set, about who has left, about a held wave. */
describe("an organisation that changes its mind", () => {
  const everybody = 40;
  const leavers = Array.from({ length: 30 }, (_, at) => at + 1);
  let world: World;
  let hr: string;
  let crm: string;

  beforeAll(async () => {
    world = await openWorld();
    ({ hr, crm } = await connectHrAndCrm(world, everybody, companyRules));
    expect(await inCrm()).toHaveLength(everybody);
  }, 180_000);
  afterAll(() => world?.stop());

  async function inCrm(): Promise<Record<string, string>[]> {
    return parse(await readFile(world.filePath("crm.csv")), { columns: true });
  }

  test("goes back to an older rule set, which is planned with again", async () => {
    const crmUser = companyRules.applications["crm"]?.user?.outbound;
    const shouting: RuleSet = {
      ...companyRules,
      applications: {
        ...companyRules.applications,
        crm: { user: { outbound: {
          ...crmUser!,
          mappers: crmUser!.mappers.map((mapper) => (mapper.id !== "crm-name-out" ? mapper : {
            id: mapper.id, kind: "expression", to: "name",
            expression: "upper(identity.displayName)",
          })),
        } } },
      },
    };
    const names = async () => (await inCrm()).map(({ name }) => name);
    for (const [rules, first] of [[shouting, "GIVEN1 FAMILY1"], [companyRules, "Given1 Family1"]]) {
      await world.organisation.publish(rules as RuleSet);
      const run = await world.organisation.startRun(hr);
      expect(await world.organisation.releaseUntilDone(run)).toMatchObject({ state: "finished" });
      expect(await names()).toContain(first);
    }
  }, 120_000);

  test("takes back that most of them left: each has one account again", async () => {
    await world.writeFile("people.csv", peopleFile(everybody, leavers));
    const left = await world.organisation.startRun(hr);
    expect(await world.organisation.releaseUntilDone(left)).toMatchObject({
      state: "finished", code: null, reason: null,
    });
    expect(await inCrm()).toHaveLength(everybody - leavers.length);
    await world.writeFile("people.csv", peopleFile(everybody));
    const back = await world.organisation.startRun(hr);
    expect(await world.organisation.releaseUntilDone(back)).toMatchObject({ state: "finished" });
    const numbers = (await inCrm()).map(({ number }) => number);
    expect(numbers).toHaveLength(everybody);
    expect(new Set(numbers).size).toBe(everybody);
    await stopAndResume(crm);
    const idle = await world.organisation.run(hr);
    expect(idle).toMatchObject({ state: "finished", errors: [], counts: { itemsQueued: 0 } });
  }, 120_000);

  test("what it discarded in the vault is asked again by a run that finds no change", async () => {
    await world.writeFile("people.csv", peopleFile(everybody, leavers));
    const held = await world.organisation.run(hr);
    await world.organisation.decide("releaseRun", held.id);
    await until(async () => isWaitingFor("inbound", held.id), "the vault holds the wave");
    await world.organisation.decide("discardRun", held.id);
    await until(async () =>
      (await world.organisation.readRun(held.id)).state === "discarded", "it is discarded");
    expect(await inCrm()).toHaveLength(everybody);
    const again = await world.organisation.run(hr);
    expect(again).toMatchObject({ state: "held", counts: { new: 0, changed: 0, gone: 0 } });
    expect(await isWaitingFor("inbound", again.id)).toBe(true);
    expect(await world.organisation.releaseUntilDone(again.id)).toMatchObject({
      state: "finished", code: null,
    });
    expect(await inCrm()).toHaveLength(everybody - leavers.length);
  }, 120_000);

  async function isWaitingFor(process: string, id: string): Promise<boolean> {
    const run = await world.organisation.readRun(id);
    return isWaiting(run)
      && run.waves.some((wave) => wave.process === process && wave.state === "held");
  }

  async function stopAndResume(id: string): Promise<void> {
    for (const mutation of ["stopApplication", "resumeApplication"]) {
      await world.graph.ask(
        `mutation ($id: ID!) { ${mutation}(id: $id) { errors { code } } }`, { id });
    }
  }
});
