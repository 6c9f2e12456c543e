import type {} from "@joinery/kit/services";
import { identityCounted, identityRestated } from "@joinery/events";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { countAccounts, countHeld } from "../persistence/snapshot-reads.js";
import { account, uuidFrom, VaultWorld } from "../testing/world.js";
import { countForReplicas } from "./count-for-replicas.js";
import { tellVault } from "./tell-everything.js";

let world: VaultWorld;
beforeAll(async () => {
  world = await VaultWorld.open(inject("postgresUrl"));
});
afterAll(() => world.close());

const at = (text: string) => ({ ...world.deps, clock: () => new Date(text) });
const countAt = (text: string) => countForReplicas(at(text), world.tenant);

test("what there is is counted once a day", async () => {
  await world.query(
    `insert into identity (id, kind, label, attributes, origins, revision, state)
     values ($1, 'user', 'a', '{}', '{}', 3, 'active'), ($2, 'user', 'b', '{}', '{}', 1, 'gone')`,
    [uuidFrom("a"), uuidFrom("b")]);
  await world.query("insert into membership values ($1, $2, 'rule:r'), ($1, $2, 'application:x')",
    [uuidFrom("g"), uuidFrom("a")]);
  for (const clock of ["2026-11-21T08:00:00Z", "2026-11-22T07:59:00Z"]) await countAt(clock);
  await world.query("update identity set revision = 4 where label = 'a'");
  for (const clock of ["2026-11-22T08:00:00Z", "2026-11-22T09:00:00Z"]) await countAt(clock);
  const told = await world.told(identityCounted);
  expect(told).toHaveLength(2);
  const counts = told.map(({ identities }) => identities.map(({ bucket, count }) =>
    [bucket, count]));
  expect(counts[0]).toEqual([[0x61, 1], [0x62, 1]]);
  expect(counts[1]).toEqual(counts[0]);
  const [before, after] = told.map(({ identities }) => identities.map(({ digest }) => digest));
  expect(after?.[0]).not.toBe(before?.[0]);
  expect(after?.[1]).toBe(before?.[1]);
  expect(told[0]?.memberships).toMatchObject([{ bucket: 0x67, count: 2 }]);
  expect(told[1]?.memberships).toEqual(told[0]?.memberships);
});

test("nothing is counted or told anew while a wave is half applied", async () => {
  await world.query(
    `insert into wave (id, run_id, application_id, state, stage)
     values ($1, $1, $1, 'applying', '{}')`, [uuidFrom("w")]);
  await countAt("2026-11-24T08:00:00Z");
  expect(await world.told(identityCounted)).toHaveLength(2);
  const iterator = tellVault(world.deps, world.tenant, { consumers: new Set(["applications"]) });
  for (let step = 0; step < 3; step += 1) await iterator.next();
  expect(await world.told(identityRestated)).toEqual([]);
  await world.query("delete from wave");
  for await (const _ of iterator);
  const [restated] = await world.told(identityRestated);
  expect(restated?.identities.map(({ label }) => label)).toEqual(["a", "b"]);
  await countAt("2026-11-24T08:00:00Z");
  expect(await world.told(identityCounted)).toHaveLength(3);
});

test("what is counted is what is there when no writer is half-way", async () => {
  const { door } = world.deps;
  const written = door.withTenant(world.tenant, async (tx) => {
    await tx.execute("update identity set revision = revision + 1");
    await new Promise((resolve) => setTimeout(resolve, 500));
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await countAt("2026-11-26T08:00:00Z");
  await written;
  const own = await door.withTenant(world.tenant, (tx) => countHeld(tx));
  expect((await world.told(identityCounted)).at(-1)).toEqual(own);
});

test("accounts are not compared while a wave of theirs waits for a person", async () => {
  const hr = await world.addApplication("hr");
  const count = () => world.deps.door.withTenant(world.tenant, (tx) => countAccounts(tx, hr));
  await world.report(hr, [account("1", { name: "a" }), account("2", { name: "b" })]);
  expect((await count())?.reduce((sum, each) => sum + each.count, 0)).toBe(2);
  for (const state of ["held", "set-aside"]) {
    await world.query("update wave set state = $1", [state]);
    expect(await count()).toBeNull();
  }
});
