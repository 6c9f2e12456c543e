import { randomUUID } from "node:crypto";
import { destructiveClasses, type GuardClass } from "@joinery/engine";
import type {} from "@joinery/kit/services";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { VaultWorld } from "../testing/world.js";
import { emptyStage, enterLedger, guardWave, type Wave } from "./waves.js";

/** TRUST G3 and G4 where inbound waves are guarded: the vault's ledger, by its database. */
let world: VaultWorld;
let applicationId: string;

beforeAll(async () => { world = await VaultWorld.open(inject("postgresUrl")); });
afterAll(() => world.close());
beforeEach(async () => {
  await world.newTenant();
  applicationId = await world.addApplication("hr");
});

const waveOf = (classes: Wave["classes"]): Wave => ({
  id: randomUUID(), runId: randomUUID(), applicationId, bundle: null, state: "applying",
  stage: emptyStage(new Date(0).toISOString()), counts: {}, classes, breaches: [],
});
const population = 100_000;

/** Whether a wave passes; one that does is in the ledger then. */
async function passes(classes: Wave["classes"]): Promise<boolean> {
  return world.deps.door.withTenant(world.tenant, async (tx) => {
    const wave = waveOf(classes);
    const breaches = await guardWave(tx, wave, { population });
    if (breaches.length > 0) return false;
    await enterLedger(tx, wave);
    return true;
  });
}

const each = (n: number) =>
  Object.fromEntries([...destructiveClasses].map((name) => [name, n])) as Wave["classes"];

test.each<GuardClass>([...destructiveClasses])("of %s 500 pass and 501 do not", async (name) => {
  expect(await passes({ [name]: 501 })).toBe(false);
  expect(await passes({ [name]: 500 })).toBe(true);
  expect(await passes({ [name]: 1 })).toBe(false);
});

test("48 waves in a day, each just under the limits, are stopped as one", async () => {
  let passed = 0;
  for (let wave = 0; wave < 48; wave += 1) {
    if (await passes(each(499))) passed += 1;
    await world.query("update guard_ledger set hour = hour - interval '30 minutes'");
  }
  expect(passed).toBe(1);
  for (const name of destructiveClasses) expect(await passes({ [name]: 2 })).toBe(false);
  // The control: what is older than the day and its hour is forgotten.
  await world.query("update guard_ledger set hour = hour - interval '2 hours'");
  expect(await passes(each(499))).toBe(true);
});

test("no minute of the 24 hours is forgotten", async () => {
  const entered = (ago: string) => world.query(
    `insert into guard_ledger (application_id, class, hour, n)
     values ($1, 'delete', date_trunc('hour', now() - $2::interval), 500)`, [applicationId, ago]);
  await entered("23 hours 59 minutes");
  expect(await passes({ delete: 1 })).toBe(false);
  await world.query("delete from guard_ledger");
  await entered("26 hours");
  expect(await passes({ delete: 1 })).toBe(true);
});
