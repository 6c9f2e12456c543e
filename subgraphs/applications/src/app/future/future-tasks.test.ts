import type { RuleSet } from "@joinery/engine";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Company, companyRules, idOf } from "../../testing/company.js";
import { World } from "../../testing/world.js";
import { listFutureTasks } from "../read-views.js";
import { runSchedules } from "../scheduling/run-schedules.js";
import { cancelFutureTask, moveFutureTask } from "./change-future-task.js";

export type { ProvidedServices };

let world: World;
let company: Company;
const dayMs = 86_400_000;
const { user, ...others } = companyRules.applications["directory"] ?? {};

/** Whoever leaves is disabled at once, and deleted after ninety days. */
const rules: RuleSet = {
  ...companyRules,
  applications: {
    directory: {
      ...others,
      user: {
        ...user,
        outbound: {
          ...user!.outbound!,
          provision: { id: "people", when: "identity.status != 'left'" },
          enabled: { id: "active", when: "true" },
          otherwise: "disable", deleteAfterDays: 90,
        },
      },
    },
  },
};

let nth = 0;
/** Another person in each test. */
let ann: string;

beforeAll(async () => {
  world = await World.open();
  const schedules = { ...world.deps.schedules, now: () => Promise.resolve(world.now) };
  Object.assign(world.deps, { schedules });
  company = await Company.open(world, rules);
});
afterAll(() => world.close());

beforeEach(async () => {
  nth += 1;
  ann = `ann${nth}`;
  await says({});
  await says({ status: "left" });
});

/** HR says something of her, and it is carried out. */
async function says(person: { status?: string; gone?: boolean }): Promise<void> {
  await company.tell({ [ann]: person });
  await company.run();
  await company.export();
}

/** So many days later the directory's outbound schedule is looked at. */
async function later(days: number): Promise<void> {
  world.now = new Date(world.now.getTime() + days * dayMs);
  await world.rows(
    "update application set schedules = jsonb_set(schedules, '{import,paused}', 'true')");
  await world.tx((tx) => world.deps.tasks.wish(tx, "schedule", company.directory.id));
  await world.work("schedule", runSchedules);
  await company.plan();
  await company.export();
}

const account = () =>
  [...company.system.objects.values()].find(({ name }) => name === ann);
const tasks = async (cancelled = false) =>
  (await listFutureTasks(world.deps, world.by, { cancelled }, { first: 50, after: null }))
    .filter(({ identityId }) => identityId === idOf(ann));
async function task() {
  const [found] = await tasks();
  if (found === undefined) throw new Error("nothing is to come");
  return found;
}
const inDays = (days: number) => new Date(world.now.getTime() + days * dayMs);

describe("an account that is deleted ninety days after its owner left", () => {
  test("is planned of whoever is gone from the vault too, whatever the rule says of them",
    async () => {
      const [name, number] = [`gone${nth}`, `gone${nth}`];
      await company.tell({ [name]: { number } });
      await company.run();
      await company.export();
      await company.tell({ [name]: { number, gone: true } });
      await company.run();
      await company.export();
      const tasks = await listFutureTasks(
        world.deps, world.by, { cancelled: false }, { first: 500, after: null });
      expect(tasks.map(({ identityId }) => identityId)).toContain(idOf(name));
    });

  test("is disabled at once, told of until then, and deleted to the day", async () => {
    expect(account()).toMatchObject({ enabled: false });
    expect(await task()).toMatchObject({
      accountName: ann, applicationId: company.directory.id, dueAt: inDays(90), cancelledAt: null,
    });
    await later(89);
    expect(account()).toBeDefined();
    await later(1);
    expect(account()).toBeUndefined();
    expect(await tasks()).toEqual([]);
  });

  test("stays where its owner comes back, and counts anew when she leaves again", async () => {
    await later(60);
    await says({});
    expect(account()).toMatchObject({ enabled: true });
    expect(await tasks()).toEqual([]);
    await later(60);
    await says({ status: "left" });
    expect((await task()).dueAt).toEqual(inDays(90));
    await later(31);
    expect(account()).toBeDefined();
  });

  test("is deleted when it was moved to", async () => {
    const { id } = await task();
    const moved = await moveFutureTask(world.deps, world.by, { id, dueAt: inDays(10) });
    expect(moved).toMatchObject({ ok: true, value: { dueAt: inDays(10) } });
    await later(9);
    expect(account()).toBeDefined();
    await moveFutureTask(world.deps, world.by, { id, dueAt: inDays(200) });
    await later(199);
    expect(account()).toBeDefined();
    await later(1);
    expect(account()).toBeUndefined();
  });

  test("stays where that was cancelled, until its owner has come back and left", async () => {
    const { id } = await task();
    expect(await cancelFutureTask(world.deps, world.by, { id })).toMatchObject({ ok: true });
    expect(await cancelFutureTask(world.deps, world.by, { id })).toMatchObject({ ok: true });
    await later(200);
    expect(account()).toMatchObject({ enabled: false });
    expect([await tasks(), (await tasks(true)).length]).toEqual([[], 1]);
    await says({});
    await says({ status: "left" });
    expect(await tasks()).toHaveLength(1);
    const told = (await world.told("applications.action.recorded"))
      .filter(({ payload }) => payload["action"] === "future.cancel")
      .filter(({ payload }) => JSON.stringify(payload["target"]).includes(id));
    expect(told).toHaveLength(1);
  });

  test("is not deleted by what is queued already when it is cancelled", async () => {
    const { id } = await task();
    world.now = inDays(90);
    await company.run();
    expect(await world.rows("select state from item where account_id = $1 and operation = 'delete'",
      [id])).toEqual([{ state: "open" }]);
    await cancelFutureTask(world.deps, world.by, { id });
    await company.export();
    await later(1);
    expect(account()).toBeDefined();
  });
});

test("only what is to come can be moved, and only ahead", async () => {
  const { id } = await task();
  for (const dueAt of [inDays(-1), inDays(4_000), new Date(Number.NaN)]) {
    expect(await moveFutureTask(world.deps, world.by, { id, dueAt })).toMatchObject({
      ok: false, error: { code: "FUTURE_TASK_INVALID" },
    });
  }
  for (const other of [idOf("nobody"), "no id"]) {
    expect(await cancelFutureTask(world.deps, world.by, { id: other })).toMatchObject({
      ok: false, error: { code: "FUTURE_TASK_NOT_FOUND" },
    });
  }
});

test("pages give each once, the earliest first", async () => {
  await world.rows(`update account set delete_planned_at = now(),
    delete_at = now() + number % 3 * interval '1 day' where name like 'x1%'`);
  const all = await listFutureTasks(
    world.deps, world.by, { cancelled: false }, { first: 50, after: null });
  const ids: string[] = [];
  let after: readonly [string, string] | null = null;
  for (;;) {
    const page = await world.tx((tx) =>
      world.deps.future.page(tx, { cancelled: false }, 1, after));
    const [next] = page;
    if (next === undefined) break;
    ids.push(next.id);
    after = [next.dueAt.toISOString(), next.id];
  }
  expect(ids).toEqual(all.map(({ id }) => id));
  expect(ids.length).toBeGreaterThanOrEqual(11);
});
