import { randomUUID } from "node:crypto";
import { newTenantId } from "@joinery/kit";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, expect, test } from "vitest";
import { World } from "../testing/world.js";

export type { ProvidedServices };

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

const insufficientPrivilege = "42501";

test("an organisation wishes for tasks of its own, and for nobody else's", async () => {
  const subject = randomUUID();
  await world.tx((tx) => world.deps.tasks.wish(tx, "import", subject));
  const others = world.tx((tx) => tx.query(
    "select joinery.wish_application_task($1, 'import', $2, null)", [newTenantId(), subject]));
  await expect(others).rejects.toMatchObject({ code: insufficientPrivilege });
  const [task] = await world.deps.tasks.claim("import", 10, 10_000);
  expect(task).toMatchObject({ tenant: world.tenant, subject });
});

test("nor does it hold a task of somebody else's", async () => {
  const others = world.tx((tx) => tx.query(
    "select joinery.hold_application_task($1, 'import', $2, 1)", [newTenantId(), randomUUID()]));
  await expect(others).rejects.toMatchObject({ code: insufficientPrivilege });
});
