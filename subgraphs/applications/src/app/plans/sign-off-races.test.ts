import { setTimeout as delay } from "node:timers/promises";
import { permissionsOf } from "@joinery/kit";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Company, idOf } from "../../testing/company.js";
import { World } from "../../testing/world.js";
import { releaseRun } from "../decide-run.js";
import type { Caller, Deps } from "../ports.js";
import { updateApplication } from "../update-application.js";
import { approvePlan, rejectPlan } from "./decide-plan.js";
import { hashBytes, listProposed, readRoot } from "./read-plan.js";

export type { ProvidedServices };

/** What happens at the same moment as an approval, and who would like to do without one. */
let world: World;
let company: Company;
let applicationId: string;

beforeEach(async () => {
  world = await World.open();
  company = await Company.open(world);
  applicationId = company.directory.id;
});
afterEach(async () => world.close());

async function change(settings: object, by: Caller = world.by, id = applicationId) {
  const changed = await updateApplication(world.deps, by, { id, ...settings });
  if (!changed.ok) throw new Error(changed.error.code);
}
const signOff = () => change({ phase: "semi-automatic" });
const proposed = () => listProposed(world.deps, world.by, { applicationId },
  { first: 100, after: null });
const root = async () => hashBytes(await readRoot(world.deps, world.by, { applicationId }));
const there = () => [...company.system.objects.values()].map(({ name }) => name ?? "")
  .filter((name) => ["ann", "ben"].includes(name)).sort();
const states = async () => (await company.items()).map(({ state }) => state);

/** Deps of which one port does something else around what it does. */
function around<P extends "plans" | "exports" | "outbound">(port: P, changed: Partial<Deps[P]>) {
  return { ...world.deps, [port]: { ...world.deps[port], ...changed } };
}

/** Another change of the same kind, as a plan that is sealed at this moment brings it. */
const comes = () => world.rows(
  `insert into item (wave_id, run_id, application_id, account_id, identity_id, kind, operation,
     before, after, because, classes, hash, waits_for, pattern, state)
   select wave_id, run_id, application_id, gen_random_uuid(), gen_random_uuid(), kind, operation,
     before, after, because, classes, sha256(hash), waits_for, pattern, state
   from item where state = 'proposed' limit 1`);

describe("while a person decides", () => {
  test.each([
    ["an approval", "approve"], ["a rejection", "giveUp"],
  ] as const)("%s does not take in what comes meanwhile, and decides nothing", async (_t, verb) => {
    await signOff();
    await company.tell({ ann: {} });
    await company.run();
    const { approve, giveUp } = world.deps.plans;
    const deps = around("plans", {
      approve: (...args) => comes().then(() => approve(...args)),
      giveUp: (...args) => comes().then(() => giveUp(...args)),
    });
    const decide = verb === "approve" ? approvePlan : rejectPlan;
    expect(await decide(deps, world.by, { applicationId, root: await root() }))
      .toMatchObject({ ok: false, error: { code: "PLAN_MOVED" } });
    expect((await proposed()).map(({ approvedBy }) => approvedBy)).toEqual([[], []]);
    // The control: nothing comes, so it is decided.
    expect(await decide(world.deps, world.by, { applicationId, root: await root() }))
      .toMatchObject({ ok: true, value: { items: 2 } });
  });

  test("an export that finds nothing to send does not shelve what is approved", async () => {
    await signOff();
    await company.tell({ ann: {}, ben: {} });
    await company.run();
    const [first] = await proposed();
    await approvePlan(world.deps, world.by,
      { applicationId, hashes: [hashBytes(first?.hash ?? "")] });
    let other: Promise<unknown> | undefined;
    const { left } = world.deps.exports;
    Object.assign(world, {
      deps: around("exports", {
        left: async (tx, waveId) => {
          const found = await left(tx, waveId);
          if (found.open === 0 && other === undefined) {
            const decision = { applicationId, root: await root() };
            other = approvePlan(world.deps, world.by, decision);
            await Promise.race([other, delay(300)]);
          }
          return found;
        },
      }),
    });
    await company.export();
    expect(await other).toMatchObject({ ok: true, value: { items: 1 } });
    await company.export();
    expect(there()).toEqual(["ann", "ben"]);
  });

  test("a plan that is not sealed is none, and a run that plans goes on planning", async () => {
    await signOff();
    await company.tell({ ann: {} });
    const { id } = await company.run();
    const decision = { applicationId, root: await root() };
    await world.rows("update wave set state = 'computing' where process = 'export'");
    expect(await proposed()).toEqual([]);
    expect(await approvePlan(world.deps, world.by, decision))
      .toMatchObject({ ok: false, error: { code: "PLAN_EMPTY" } });
    // Sealed, while its run plans for others.
    await world.rows("update wave set state = 'held' where process = 'export'");
    await world.rows("update run set state = 'outbound' where id = $1", [id]);
    expect(await approvePlan(world.deps, world.by, decision))
      .toMatchObject({ ok: true, value: { items: 1 } });
    expect(await world.run(id)).toMatchObject({ state: "outbound" });
  });
});

describe("an application that changes its phase while a run plans for it", () => {
  /** As the first statement of planning is done, of settings that it has read. */
  function whilePlanning(meanwhile: () => Promise<unknown>): void {
    const { takeDates } = world.deps.outbound;
    let isDone = false;
    Object.assign(world, {
      deps: around("outbound", {
        takeDates: async (tx, now) => {
          if (!isDone) await meanwhile();
          isDone = true;
          return takeDates(tx, now);
        },
      }),
    });
  }

  test("to semi-automatic gets nothing that nobody approved", async () => {
    await company.tell({ ann: {} });
    whilePlanning(() => signOff());
    await company.run();
    await company.export();
    expect([await states(), there()]).toEqual([["proposed"], []]);
    await approvePlan(world.deps, world.by, { applicationId, root: await root() });
    await company.export();
    expect(there()).toEqual(["ann"]);
  });

  test("to live has nothing that waits for nobody", async () => {
    await signOff();
    await company.tell({ ann: {} });
    whilePlanning(() => change({ phase: "live" }));
    await company.run();
    await company.export();
    expect([await states(), there()]).toEqual([["done"], ["ann"]]);
  });
});

describe("four eyes", () => {
  const as = (role: "operator" | "owner"): Caller => {
    const { actor, ...by } = world.by;
    return { ...by, actor: { ...actor, permissions: permissionsOf[role] } };
  };

  test("are not put out by one who would then approve alone, but by an owner", async () => {
    const operator = as("operator");
    await change({ phase: "semi-automatic", exportPolicy: { fourEyes: true } }, operator);
    const ways = [
      { phase: "live" }, { exportPolicy: {} }, { exportPolicy: { fourEyes: false } },
      { phase: "live", exportPolicy: { fourEyes: true } },
    ];
    for (const way of ways) {
      await expect(change(way, operator)).rejects.toMatchObject({ code: "FORBIDDEN" });
    }
    // Round by the sandbox neither.
    await expect(change({ phase: "sandbox" }, operator)).rejects.toThrow("PHASE_LEFT");
    await change({ exportPolicy: { fourEyes: true, attemptsMax: 3 } }, operator);
    for (const way of ways.slice(0, 2)) await change(way, as("owner"));
  });

  test("see what is released into the vault, and both the same", async () => {
    const hr = company.hr.id;
    await change({ phase: "semi-automatic", exportPolicy: { fourEyes: true } }, world.by, hr);
    const run = await world.startRun(company.hr);
    await world.rows("update run set state = 'inbound' where id = $1", [run.id]);
    const held = () => company.lane.tell("vault.inbound.changed", {
      runId: run.id, waveId: idOf("wave"), applicationId: hr, state: "held", code: "SIGN_OFF",
      bundle: null, batches: 0, identities: 1, digest: "", counts: {}, breaches: [],
    });
    await held();
    const [one, other] = [world.by, world.by];
    for (const by of [one, one]) {
      await releaseRun(world.deps, by, { id: run.id });
      expect(await world.run(run.id)).toMatchObject({ state: "held" });
    }
    await releaseRun(world.deps, other, { id: run.id });
    expect(await world.run(run.id)).toMatchObject({ state: "inbound" });
    // It came to something else: the vault holds it anew, and nobody has looked at that.
    await held();
    await releaseRun(world.deps, one, { id: run.id });
    expect(await world.run(run.id)).toMatchObject({ state: "held" });
  });
});
