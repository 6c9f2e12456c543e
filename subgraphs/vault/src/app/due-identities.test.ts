import type {} from "@joinery/kit/services";
import type { RuleSet } from "@joinery/engine";
import { serviceActor } from "@joinery/kit";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { vaultMethods } from "../methods.js";
import { account, VaultWorld } from "../testing/world.js";

/** Whoever has an end is a leaver from then on. */
const ruleSet: RuleSet = {
  format: 1,
  schema: {
    user: [{ name: "number", type: "string" }, { name: "ends", type: "date" }],
  },
  classifications: [
    { id: "leaver", code: 2, kind: "user", when: "identity.ends != null && after(identity.ends)" },
  ],
  applications: {
    hr: {
      user: {
        inbound: {
          joins: [{ id: "number", match: [{ account: "number", identity: "number" }] }],
          mappers: [
            { id: "m1", kind: "direct", from: "number", to: "number" },
            { id: "m2", kind: "direct", from: "ends", to: "ends" },
          ],
        },
      },
    },
  },
};

let world: VaultWorld;
let hr: string;
let now: Date;

beforeAll(async () => {
  world = await VaultWorld.open(inject("postgresUrl"));
  Object.assign(world.deps, { clock: () => now });
});
afterAll(() => world.close());
beforeEach(async () => {
  now = new Date("2026-11-21T08:00:00Z");
  await world.newTenant();
  await world.publish(ruleSet);
  hr = await world.addApplication("hr", ["user"]);
  await world.report(hr, [
    account("1", { number: "1", ends: "2026-11-30" }), account("2", { number: "2" }),
  ]);
});

const due = () => vaultMethods(world.deps).applicationsDue(
  { tenant: world.tenant }, serviceActor("applications"));
const people = () => world.query<{ classification: number; revision: string; due: Date | null }>(
  `select classification, revision, next_due_at as due from identity
   order by attributes ->> 'number'`);

test("whom a date has come for is computed again by a wave that brings nothing, once", async () => {
  expect(await due()).toEqual([]);
  expect(await people()).toMatchObject([
    { classification: 0, due: new Date("2026-12-01T00:00:00Z") }, { classification: 0, due: null },
  ]);
  now = new Date("2026-11-30T23:59:59Z");
  expect(await due()).toEqual([]);
  now = new Date("2026-12-01T00:00:00Z");
  expect(await due()).toEqual([hr]);
  const { outcome } = await world.report(hr, []);
  expect(outcome).toBe("done");
  expect(await people()).toMatchObject([
    { classification: 2, revision: "2", due: null },
    { classification: 0, revision: "1", due: null },
  ]);
  expect(await due()).toEqual([]);
  await world.report(hr, []);
  expect((await people()).map(({ revision }) => revision)).toEqual(["2", "1"]);
});

test("a date that came without changing anything is not asked about again", async () => {
  await world.query("update identity set next_due_at = '2026-11-21T07:00:00Z' where kind = 'user'");
  expect(await due()).toEqual([hr]);
  await world.report(hr, []);
  expect(await due()).toEqual([]);
});

test("who fails for a week is not chased any more", async () => {
  now = new Date("2026-12-08T00:00:00Z");
  expect(await due()).toEqual([]);
});
