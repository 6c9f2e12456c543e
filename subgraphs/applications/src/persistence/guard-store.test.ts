import { randomUUID } from "node:crypto";
import type {} from "@joinery/kit/services";
import { afterAll, beforeAll, expect, test } from "vitest";
import { World } from "../testing/world.js";

let world: World;
beforeAll(async () => { world = await World.open(); });
afterAll(() => world.close());

test.each([
  ["of the same minute", "10:59:59", 500],
  ["23 hours and a half later", "2026-03-02T10:30:00", 500],
  ["at the last minute of the 24 hours", "2026-03-02T10:59:00", 500],
  ["when its hour has left them", "2026-03-02T12:00:00", undefined],
])("what a wave did counts %s", async (_title, at, counted) => {
  const { guard } = world.deps;
  const id = randomUUID();
  const now = new Date(`${at.includes("T") ? at : `2026-03-01T${at}`}Z`);
  const ledger = await world.tx(async (tx) => {
    await guard.record(tx, id, new Date("2026-03-01T10:59:59Z"), { delete: 500, update: 0 });
    return guard.last24h(tx, id, now);
  });
  expect(ledger).toEqual(counted === undefined ? {} : { delete: counted });
});
