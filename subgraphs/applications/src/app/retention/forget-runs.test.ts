import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Application } from "../../domain/application.js";
import { FakeSystem } from "../../testing/fake-system.js";
import { World } from "../../testing/world.js";
import { exportWaveId } from "../outbound/outbound-work.js";
import { forgetRuns, keptDays, keptRuns } from "./forget-runs.js";

export type { ProvidedServices };

let world: World;
let hr: Application;
let nth = 0;

beforeAll(async () => { world = await World.open(); });
afterAll(() => world.close());
beforeEach(async () => {
  nth += 1;
  await world.rows("delete from item");
  await world.rows("delete from wave");
  await world.rows("delete from run");
  hr = await world.application(`hr${nth}`, new FakeSystem(["login"]));
});

const forget = () => forgetRuns(world.deps, world.tenant, new AbortController().signal);
const runs = async () => (await world.rows<{ id: string }>(
  "select id from run order by created_at desc")).map(({ id }) => id);

/** One run for each day of the last so many, the newest first, each with a wave of two items. */
async function ran(days: number, reads = "changes", state = "finished"): Promise<string[]> {
  const ids: string[] = [];
  for (let day = 0; day < days; day += 1) {
    const id = world.deps.newId();
    ids.push(id);
    const at = new Date(world.now.getTime() - day * 86_400_000);
    await world.rows(
      `insert into run (id, application_id, state, actor, reads, created_at, finished_at)
       values ($1, $2, $3, '{}', $4, $5, $5)`, [id, hr.id, state, reads, at]);
    const wave = exportWaveId(world.tenant, id, hr.id);
    await world.rows(
      `insert into wave (id, run_id, process, application_id, state)
       values ($1, $2, 'export', $3, 'finished')`, [wave, id, hr.id]);
    await item(wave, id, "done");
    await item(wave, id, "failed");
  }
  return ids;
}

async function item(wave: string, run: string, state: string, more = "update", attempts = 1) {
  await world.rows(
    `insert into item (wave_id, run_id, application_id, account_id, kind, operation, before, after,
       because, classes, hash, pattern, state, attempts)
     values ($1, $2, $3, gen_random_uuid(), 'user', $4, '{}', '{}', '[]', '{}', '\\x00',
       '\\x00000000000000000000000000000000', $5, $6)`,
    [wave, run, hr.id, more, state, attempts]);
}

test("runs that ended over ninety days ago go, with their waves and items", async () => {
  const ids = await ran(keptDays + 5);
  expect(await forget()).toBe(4);
  expect(await runs()).toEqual(ids.slice(0, keptDays + 1));
  for (const table of ["wave", "item"]) {
    const left = await world.rows<{ id: string }>(`select distinct run_id as id from ${table}`);
    expect(left.map(({ id }) => id).sort()).toEqual(ids.slice(0, keptDays + 1).sort());
  }
  expect(await forget()).toBe(0);
});

test("the newest of an application stay however old, and its last full read", async () => {
  const [full] = await ran(1, "everything");
  await world.rows("update run set created_at = created_at - interval '500 days'");
  const ids = await ran(keptRuns + 3);
  world.now = new Date(world.now.getTime() + 1_000 * 86_400_000);
  expect(await forget()).toBe(3);
  expect(new Set(await runs())).toEqual(new Set([full, ...ids.slice(0, keptRuns)]));
  world.now = new Date(world.now.getTime() - 1_000 * 86_400_000);
});

test("what is held or under way stays", async () => {
  const ids = await ran(keptRuns + 5, "changes", "held");
  world.now = new Date(world.now.getTime() + 1_000 * 86_400_000);
  expect(await forget()).toBe(0);
  expect(await runs()).toEqual(ids);
  world.now = new Date(world.now.getTime() - 1_000 * 86_400_000);
});

test("a create that was tried in vain stays with its run, the other items go", async () => {
  const ids = await ran(keptDays + 3);
  const old = ids.at(-1) ?? "";
  await item(exportWaveId(world.tenant, old, hr.id), old, "failed", "create");
  expect(await forget()).toBe(1);
  expect(await world.rows("select operation from item where run_id = $1", [old]))
    .toEqual([{ operation: "create" }]);
  expect(await runs()).toContain(old);
});

test("two processes do it at once", async () => {
  await ran(keptDays + 12);
  const [one, two] = await Promise.all([forget(), forget()]);
  expect(one + two).toBe(11);
});
