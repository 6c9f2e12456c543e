import type { ProvidedServices } from "@joinery/kit/services";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Company } from "../../testing/company.js";
import { World } from "../../testing/world.js";
import { discardRun, releaseRun } from "../decide-run.js";
import { updateApplication } from "../update-application.js";
import { approvePlan, rejectPlan } from "./decide-plan.js";
import {
  hashBytes, listBreaches, listPatterns, listProposed, patternBytes, readRoot,
} from "./read-plan.js";

export type { ProvidedServices };

/** A directory in which people sign off what is to be written. */
let world: World;
let company: Company;
let applicationId: string;

beforeEach(async () => {
  world = await World.open();
  company = await Company.open(world);
  applicationId = company.directory.id;
  await change({ phase: "semi-automatic" });
});
afterEach(async () => world.close());

async function change(settings: object): Promise<void> {
  const changed = await updateApplication(world.deps, world.by, { id: applicationId, ...settings });
  if (!changed.ok) throw new Error(changed.error.code);
}

const there = (name: string) =>
  [...company.system.objects.values()].find((each) => each.name === name);
const proposed = (filter = {}) => listProposed(world.deps, world.by,
  { applicationId, ...filter }, { first: 100, after: null });
const root = async () => hashBytes(await readRoot(world.deps, world.by, { applicationId }));
const states = async () => (await company.items()).map(({ operation, state, code }) =>
  [operation, state, code].filter((each) => each !== null).join(" "));
const hashOf = async (name: string) => {
  const items = await proposed();
  const item = items.find(({ after }) => after["cn"] === name);
  return hashBytes(item?.hash ?? "");
};

describe("what is to be written", () => {
  test("waits for approval, however little it is, and leaves with it", async () => {
    await company.tell({ ann: { title: "Boss" } });
    const run = await company.run();
    expect(run).toMatchObject({ state: "held", code: "SIGN_OFF" });
    await company.export();
    expect(there("ann")).toBeUndefined();
    const approved = await approvePlan(world.deps, world.by, { applicationId, root: await root() });
    expect(approved).toMatchObject({ ok: true, value: { items: 1, pending: 0, unknown: 0 } });
    await company.export();
    expect(there("ann")).toMatchObject({ attributes: { title: "Boss" } });
    expect(await world.run(run.id)).toMatchObject({ state: "finished", code: null });
    const told = (await world.told("applications.action.recorded")).at(-1);
    expect(told?.payload).toMatchObject({
      action: "plan.approve", target: { id: applicationId }, after: { items: 1 },
    });
  });

  test("is no account yet while it waits, and no other plan takes it for one", async () => {
    await company.tell({ ann: {} });
    await company.run();
    expect(await world.rows("select from account where state = 'planned'")).toEqual([]);
    await approvePlan(world.deps, world.by, { applicationId, root: await root() });
    expect(await world.rows("select name from account where state = 'planned'"))
      .toEqual([{ name: "ann" }]);
  });

  test("is in nobody's way: runs go on, and what recurs waits where it stands", async () => {
    await company.tell({ ann: {} });
    const first = await company.run();
    await company.tell({ ben: {} });
    const second = await company.run();
    expect(await world.run(first.id)).toMatchObject({ state: "held" });
    expect(second).toMatchObject({ state: "held" });
    expect((await proposed()).map(({ after }) => after["cn"])).toEqual(["ann", "ben"]);
    await approvePlan(world.deps, world.by, { applicationId, root: await root() });
    await company.export();
    expect([there("ann"), there("ben")].every((each) => each !== undefined)).toBe(true);
  });

  test("that a newer plan replaced leaves nobody waiting for it", async () => {
    await company.tell({ ann: { title: "Boss" } });
    const first = await company.run();
    await company.tell({ ann: { title: "Chief" } });
    const second = await company.run();
    expect(await states()).toEqual(["create discarded REPLACED", "create proposed"]);
    expect(await world.run(first.id)).toMatchObject({ state: "finished" });
    expect(await world.run(second.id)).toMatchObject({ state: "held" });
  });

  test("is approved without a second question where the guard would have held it", async () => {
    await company.tell({ ann: {} });
    await company.run();
    await approvePlan(world.deps, world.by, { applicationId, root: await root() });
    await company.export();
    await change({ limits: { disable: { least: 0, most: 0 } } });
    await company.tell({ ann: { status: "left" } });
    const run = await company.run();
    const waves = await world.tx((tx) => world.deps.waves.ofRuns(tx, [run.id]));
    expect(waves.flatMap(({ breaches }) => breaches)).toMatchObject([{ class: "disable", n: 1 }]);
    const over = () => listBreaches(world.deps, world.by, applicationId);
    expect(await over()).toEqual([
      { applicationId, class: "disable", n: 1, limit: 0, population: 61, rule: expect.any(String) },
    ]);
    await approvePlan(world.deps, world.by, { applicationId, root: await root() });
    await company.export();
    expect(there("ann")?.enabled).toBe(false);
    expect(await over()).toEqual([]);
    const ledger = await world.rows("select class, n from guard_ledger where class = 'disable'");
    expect(ledger).toEqual([{ class: "disable", n: 1 }]);
  });
});

describe("an approval", () => {
  test("of a plan that has moved is refused, and nothing of either plan leaves (G5)", async () => {
    await company.tell({ ann: { title: "Boss" } });
    await company.run();
    const planA = await root();
    const hashA = await hashOf("ann");
    await company.tell({ ann: { title: "Chief" } });
    await company.run();
    expect(await approvePlan(world.deps, world.by, { applicationId, root: planA }))
      .toMatchObject({ ok: false, error: { code: "PLAN_MOVED" } });
    expect(await approvePlan(world.deps, world.by, { applicationId, hashes: [hashA] }))
      .toMatchObject({ ok: true, value: { items: 0, unknown: 1 } });
    await company.export();
    expect(there("ann")).toBeUndefined();
    // The control: plan B leaves with an approval of its own.
    await approvePlan(world.deps, world.by, { applicationId, root: await root() });
    await company.export();
    expect(there("ann")).toMatchObject({ attributes: { title: "Chief" } });
  });

  test("of some items lets just them leave; the others go on waiting", async () => {
    await company.tell({ ann: {}, ben: {}, cem: {} });
    const run = await company.run();
    const hash = await hashOf("ben");
    const named = await proposed({ hashes: [hash.toString("hex"), "0".repeat(64)] });
    expect(named.map(({ after }) => after["cn"])).toEqual(["ben"]);
    const approved = await approvePlan(world.deps, world.by, { applicationId, hashes: [hash] });
    expect(approved).toMatchObject({ ok: true, value: { items: 1 } });
    expect(await world.run(run.id)).toMatchObject({ state: "exporting" });
    await company.export();
    expect([there("ann"), there("ben"), there("cem")].map((each) => each?.name))
      .toEqual([undefined, "ben", undefined]);
    expect(await world.run(run.id)).toMatchObject({ state: "held", code: "SIGN_OFF" });
    await rejectPlan(world.deps, world.by, { applicationId, root: await root() });
    expect(await world.run(run.id)).toMatchObject({ state: "finished" });
  });

  test("of a pattern lets all of it leave, if it is still what was looked at", async () => {
    await company.tell({ ann: {}, ben: {}, cem: {} });
    await company.run();
    await approvePlan(world.deps, world.by, { applicationId, root: await root() });
    await company.export();
    await company.tell({ ann: { title: "A" }, ben: { title: "B" }, cem: { status: "left" } });
    await company.run();
    const patterns = await listPatterns(world.deps, world.by, { applicationId }, 10);
    expect(patterns.map(({ items }) => items)).toEqual([2, 1]);
    const [first] = patterns;
    const pattern = patternBytes(first?.digest ?? "");
    expect(await approvePlan(world.deps, world.by, { applicationId, pattern, root: await root() }))
      .toMatchObject({ ok: false, error: { code: "PLAN_MOVED" } });
    const one = { applicationId, pattern };
    expect(await listPatterns(world.deps, world.by, one, 1)).toEqual([first]);
    const seen = hashBytes(await readRoot(world.deps, world.by, one));
    expect(await approvePlan(world.deps, world.by, { applicationId, pattern, root: seen }))
      .toMatchObject({ ok: true, value: { items: 2 } });
    await company.export();
    expect([there("ann"), there("ben")].map((each) => each?.attributes["title"]))
      .toEqual(["A", "B"]);
    expect(there("cem")?.enabled).toBe(true);
  });

  test("by two people needs two of them, and one who approves twice is one", async () => {
    await change({ exportPolicy: { fourEyes: true } });
    await company.tell({ ann: {} });
    await company.run();
    const [one, other] = [world.by, world.by];
    const decision = { applicationId, root: await root() };
    for (const by of [one, one]) {
      await approvePlan(world.deps, by, decision);
      expect((await proposed()).map(({ approvedBy }) => approvedBy)).toEqual([[one.actor.id]]);
    }
    expect(await approvePlan(world.deps, other, decision))
      .toMatchObject({ ok: true, value: { items: 1, pending: 0 } });
    await company.export();
    expect(there("ann")).toBeDefined();
  });

  test("that nobody gave in time is not one any more: it is planned anew", async () => {
    await change({ exportPolicy: { proposalDays: 7 } });
    await company.tell({ ann: {} });
    await company.run();
    await world.rows("update item set created_at = now() - interval '60 days'");
    world.now = new Date();
    const late = await approvePlan(world.deps, world.by, { applicationId, root: await root() });
    expect(late).toMatchObject({ ok: false, error: { code: "PLAN_EMPTY" } });
    expect(await states()).toEqual(["create discarded EXPIRED"]);
    await company.run();
    expect(await states()).toEqual(["create discarded EXPIRED", "create proposed"]);
  });

  test.each([
    ["nothing", {}], ["a pattern alone", { pattern: Buffer.alloc(16) }],
    ["hashes and a root", { hashes: [Buffer.alloc(32)], root: Buffer.alloc(32) }],
    ["too many hashes", { hashes: Array.from({ length: 1_001 }, () => Buffer.alloc(32)) }],
  ])("that says %s is refused", async (_title, decision) => {
    expect(await approvePlan(world.deps, world.by, { applicationId, ...decision }))
      .toMatchObject({ ok: false, error: { code: "PLAN_DECISION_INVALID" } });
  });

  test("needs the permission, a plan, and an application", async () => {
    const by = { ...world.by, actor: { ...world.by.actor, permissions: ["run:read" as const] } };
    expect(() => approvePlan(world.deps, by, { applicationId, root: Buffer.alloc(32) }))
      .toThrow(expect.objectContaining({ code: "FORBIDDEN" }));
    expect(await approvePlan(world.deps, world.by, { applicationId, root: await root() }))
      .toMatchObject({ ok: false, error: { code: "PLAN_EMPTY" } });
    const nobody = { applicationId: "019aa000-0000-7000-8000-000000000000", hashes: [] };
    expect(await approvePlan(world.deps, world.by, nobody))
      .toMatchObject({ ok: false, error: { code: "APPLICATION_NOT_FOUND" } });
  });

  test("is not what releasing a run is", async () => {
    await company.tell({ ann: {} });
    const { id } = await company.run();
    expect(await releaseRun(world.deps, world.by, { id }))
      .toMatchObject({ ok: false, error: { code: "SIGN_OFF_NEEDED" } });
    expect(await discardRun(world.deps, world.by, { id })).toMatchObject({ ok: true });
    expect(await world.run(id)).toMatchObject({ state: "finished" });
  });
});

describe("what was rejected, or waits in another phase", () => {
  test("is given up, and planned anew with the next run", async () => {
    await company.tell({ ann: {} });
    await company.run();
    await rejectPlan(world.deps, world.by, { applicationId, root: await root() });
    expect(await states()).toEqual(["create discarded REJECTED"]);
    await company.run();
    expect(await states()).toEqual(["create discarded REJECTED", "create proposed"]);
  });

  test("leaves by itself once the application is live, as the newest plan says", async () => {
    await company.tell({ ann: {} });
    const held = await company.run();
    await change({ phase: "live" });
    expect(await world.run(held.id)).toMatchObject({ state: "finished" });
    await company.run();
    await company.export();
    expect(there("ann")).toBeDefined();
    expect(await states()).toEqual(["create discarded PHASE_CHANGED", "create done"]);
  });
});

test("a member is added once both the group and the member were approved", async () => {
  await company.tell({ ann: {} });
  await company.tellGroups("team");
  await company.membership("team", "ann");
  await company.run();
  const members = (await proposed({ operation: "members" })).map(({ hash }) => hashBytes(hash));
  expect(members).toHaveLength(1);
  await approvePlan(world.deps, world.by, { applicationId, hashes: members });
  await company.export();
  expect(await states()).toContain("members waiting");
  await approvePlan(world.deps, world.by, { applicationId, root: await root() });
  await company.export();
  const [group] = await world.rows("select from member where ours");
  expect(group).toBeDefined();
  expect((await proposed())).toEqual([]);
});
