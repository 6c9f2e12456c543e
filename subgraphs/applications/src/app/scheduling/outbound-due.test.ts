import type { RuleSet } from "@joinery/engine";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Company, companyRules } from "../../testing/company.js";
import { World } from "../../testing/world.js";
import { runSchedules } from "./run-schedules.js";

export type { ProvidedServices };

let world: World;
let company: Company;
const user = companyRules.applications["directory"]?.user;
const outbound = user?.outbound;

/** Whoever has an end is enabled until then. */
const rules: RuleSet = {
  ...companyRules,
  schema: {
    ...companyRules.schema,
    user: [...(companyRules.schema.user ?? []), { name: "until", type: "instant" }],
  },
  applications: {
    ...companyRules.applications,
    directory: {
      ...companyRules.applications["directory"],
      user: {
        ...user,
        outbound: {
          ...outbound!,
          enabled: { id: "active", when: "identity.until == null || before(identity.until)" },
        },
      },
    },
  },
};

beforeEach(async () => {
  world = await World.open();
  const schedules = { ...world.deps.schedules, now: () => Promise.resolve(world.now) };
  Object.assign(world.deps, { schedules });
  company = await Company.open(world, rules);
});
afterEach(() => world.close());

/** Somebody looks at the directory's schedules after so many minutes. */
async function later(minutes: number): Promise<void> {
  world.now = new Date(world.now.getTime() + minutes * 60_000);
  await world.tx((tx) => world.deps.tasks.wish(tx, "schedule", company.directory.id));
  await world.work("schedule", runSchedules);
  await company.plan();
}

const outcome = async () => (await world.rows<{ outcome: string }>(
  "select schedules #>> '{outbound,lastOutcome}' as outcome from application where id = $1",
  [company.directory.id]))[0]?.outcome;

test("a date that comes is acted upon without any import, once", async () => {
  await company.lane.tell("vault.identity.changed", {
    runId: "00000000-0000-4000-8000-000000000000", applicationId: company.hr.id,
    identities: [await company.identity("ann", "user", {
      number: "ann", name: "Ann", until: "2026-11-21T09:00:00.000Z",
    })],
  });
  await company.run();
  await company.export();
  expect(await company.items()).toMatchObject([{ operation: "create", state: "done" }]);
  // The import's own schedule is not what brings it.
  await world.rows(
    "update application set schedules = jsonb_set(schedules, '{import,paused}', 'true')");
  await later(30);
  expect(await outcome()).toBe("NOTHING_DUE");
  await later(30);
  expect(await outcome()).toBe("STARTED");
  await company.export();
  expect((await company.items()).slice(1)).toMatchObject([
    { operation: "update", state: "done", after: { $enabled: false } },
  ]);
  const [run] = await world.rows<{ id: string; state: string; reads: string }>(
    "select id, state, reads from run order by created_at desc limit 1");
  expect(run).toMatchObject({ state: "finished", reads: "nothing" });
  await later(30);
  expect(await outcome()).toBe("NOTHING_DUE");
  expect(await company.items()).toHaveLength(2);
});

describe("a date that inbound rules look at", () => {
  const soon = async () => {
    await world.rows(
      "update application set schedules = jsonb_set(schedules, '{import,paused}', 'true')");
    world.now = new Date(world.now.getTime() + 15 * 60_000);
    await world.tx((tx) => world.deps.tasks.wish(tx, "schedule", company.hr.id));
    await world.work("schedule", runSchedules);
  };
  const runs = () => world.rows<{ id: string; state: string; reads: string }>(
    "select id, state, reads from run where application_id = $1 order by created_at",
    [company.hr.id]);

  test("that comes has the vault compute again, by a wave that brings nothing", async () => {
    const before = (await runs()).length;
    world.due = [company.hr.id];
    await soon();
    const run = (await runs()).at(-1);
    expect(run).toMatchObject({ state: "inbound", reads: "nothing" });
    const told = (await world.told("applications.import.released")).at(-1);
    expect(told?.payload).toMatchObject({ runId: run?.id, batches: 0, objects: 0 });
    expect(told?.envelope.wave).toMatchObject({ manifest: true, batch: 0 });
    await soon();
    expect(await runs()).toHaveLength(before + 1);
    world.due = [];
    await company.inboundDone(run?.id ?? "");
    expect((await runs()).at(-1)).toMatchObject({ state: "finished" });
  });

  test("brings back nothing that a person gave up, and waits for a vault", async () => {
    const before = await runs();
    world.due = [company.hr.id];
    const inbound = (state: string) => world.rows(
      "update wave set state = $2 where process = 'inbound' and application_id = $1",
      [company.hr.id, state]);
    await inbound("discarded");
    await soon();
    expect(await runs()).toEqual(before);
    await inbound("finished");
    Object.assign(world.deps, { applicationsDue: () => Promise.reject(new Error("away")) });
    await soon();
    expect(await runs()).toEqual(before);
  });
});
