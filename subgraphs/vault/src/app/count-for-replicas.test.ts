import type {} from "@joinery/kit/services";
import { identityCounted } from "@joinery/events";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { countAccounts } from "../persistence/snapshot-reads.js";
import { account, VaultWorld } from "../testing/world.js";
import { countForReplicas } from "./count-for-replicas.js";

let world: VaultWorld;
beforeAll(async () => {
  world = await VaultWorld.open(inject("postgresUrl"));
});
afterAll(() => world.close());

test("what there is is counted once a day", async () => {
  const at = (text: string) => ({ ...world.deps, clock: () => new Date(text) });
  for (const clock of ["2026-11-21T08:00:00Z", "2026-11-22T07:59:00Z", "2026-11-22T08:00:00Z"]) {
    await countForReplicas(at(clock), world.tenant);
  }
  expect(await world.told(identityCounted)).toEqual(
    Array.from({ length: 2 }, () => ({ identities: [], memberships: [] })));
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
