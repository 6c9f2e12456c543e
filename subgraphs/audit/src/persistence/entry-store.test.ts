import { randomUUID } from "node:crypto";
import type {} from "@joinery/kit/services";
import { openServiceDatabase, type ServiceDatabase } from "@joinery/kit/testing";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import type { EntryFilter, NewEntry } from "../domain/entry.js";
import { auditModule } from "../module.js";
import { pageEntries, writeEntries } from "./entry-store.js";

let database: ServiceDatabase;
let tenant: string;

beforeAll(async () => {
  database = await openServiceDatabase(inject("postgresUrl"), auditModule);
});
afterAll(() => database.close());
beforeEach(async () => {
  tenant = await database.newTenant();
});

function entry(more: Partial<NewEntry>): NewEntry {
  return {
    at: "2026-11-21T08:00:00.000Z", objectKind: "identity", objectId: randomUUID(),
    identityId: null,
    applicationId: null, runId: null, operation: "update", before: { a: "1" }, after: { a: "2" },
    because: ["m1"], actor: { kind: "system", id: "vault" },
    eventId: randomUUID(), trace: null, ...more,
  };
}

function write(entries: readonly NewEntry[], of = tenant): Promise<void> {
  return database.door.withTenant(of, (tx) => writeEntries(tx, entries));
}

function read(filter: EntryFilter, first = 50, before: number | null = null, of = tenant) {
  return database.door.withTenant(of, (tx) => pageEntries(tx, filter, first, before));
}

test("positions are dense within an organisation though writers race", async () => {
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => write(Array.from({ length: i + 1 }, () => entry({})))),
  );
  const rows = await read({}, 500);
  expect(rows.map((row) => row.position)).toEqual(Array.from({ length: 210 }, (_, i) => 210 - i));
});

test("a write that is rolled back leaves no gap", async () => {
  await write([entry({})]);
  const failing = database.door.withTenant(tenant, async (tx) => {
    await writeEntries(tx, [entry({}), entry({})]);
    throw new Error("the handler failed");
  });
  await expect(failing).rejects.toThrow("the handler failed");
  await write([entry({})]);
  expect((await read({})).map((row) => row.position)).toEqual([2, 1]);
});

test("a history holds an identity's changes, its accounts' and its memberships'", async () => {
  const identity = randomUUID();
  await write([
    entry({ objectId: identity, identityId: identity }),
    entry({ objectKind: "account", identityId: identity }),
    entry({}),
    entry({ objectKind: "membership", identityId: identity, operation: "add" }),
    entry({ objectId: identity, identityId: identity }),
  ]);
  const newest = await read({ identityId: identity }, 2);
  expect(newest.map((row) => row.position)).toEqual([5, 4, 2]);
  const rest = await read({ identityId: identity }, 2, 4);
  expect(rest.map((row) => row.position)).toEqual([2, 1]);
});

test("entries are found by run and by time", async () => {
  const runId = randomUUID();
  await write([entry({ runId }), entry({ at: "2026-11-20T08:00:00.000Z" }), entry({ runId })]);
  expect(await read({ runId })).toHaveLength(2);
  expect(await read({ to: new Date("2026-11-21T00:00:00Z") })).toMatchObject([{ position: 2 }]);
  expect(await read({ from: new Date("2026-11-21T00:00:00Z"), runId })).toHaveLength(2);
});

test("an organisation reads nothing of another", async () => {
  const other = await database.newTenant();
  await write([entry({})], other);
  expect(await read({})).toEqual([]);
  expect(await read({}, 50, null, other)).toHaveLength(1);
});
