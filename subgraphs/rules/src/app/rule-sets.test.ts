import { randomUUID } from "node:crypto";
import type { RuleSet } from "@joinery/engine";
import { permissionsOf, silentLog, type Actor } from "@joinery/kit";
import type {} from "@joinery/kit/services";
import { openServiceDatabase, type ServiceDatabase } from "@joinery/kit/testing";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { rulesModule } from "../module.js";
import { saveApplicationView } from "../persistence/application-view-store.js";
import { markStored } from "../persistence/rule-set-store.js";
import type { Caller, RulesDeps } from "./ports.js";
import { checkRuleSet, createRuleSet, loadRuleSet, publishRuleSet } from "./rule-sets.js";
import { tellRuleSets } from "./tell-everything.js";

let database: ServiceDatabase;
let deps: RulesDeps;
let tenant: string;
let owner: Caller;

beforeAll(async () => {
  database = await openServiceDatabase(inject("postgresUrl"), rulesModule);
  const { door, keys } = database;
  deps = { door, keys, log: silentLog, clock: () => new Date("2026-11-21T08:00:00Z") };
});
afterAll(() => database.close());
beforeEach(async () => {
  tenant = await database.newTenant();
  owner = callerWith("owner");
  const schema = { user: [{ name: "number", type: "string" as const }] };
  await deps.door.withTenant(tenant, (tx) =>
    saveApplicationView(tx, { id: randomUUID(), key: "hr", schema, state: "active", revision: 1 }),
  );
});

function callerWith(role: "owner" | "auditor"): Caller {
  const actor: Actor = {
    kind: "person", id: randomUUID(), name: "Test", tenant, permissions: permissionsOf[role],
  };
  return { actor, requestId: randomUUID() };
}

function ruleSet(from = "number"): RuleSet {
  return {
    format: 1,
    schema: { user: [{ name: "employeeNumber", type: "string" }] },
    applications: {
      hr: {
        user: {
          inbound: {
            joins: [],
            mappers: [{ id: "m", kind: "direct", from, to: "employeeNumber" }],
          },
        },
      },
    },
  };
}

async function publish(body: RuleSet): Promise<number> {
  const created = await createRuleSet(deps, owner, { body, note: "" });
  if (!created.ok) throw new Error(created.error.message);
  const published = await publishRuleSet(deps, owner, created.value.version);
  expect(published).toMatchObject({ ok: true, value: { state: "published" } });
  return created.value.version;
}

async function stored(version: number, ...services: string[]): Promise<void> {
  const found = await loadRuleSet(deps, owner, version);
  for (const service of services) {
    await deps.door.withTenant(tenant, (tx) =>
      markStored(tx, service, found!.hash, version, deps.clock()),
    );
  }
}

test("a rule set with an unknown attribute is refused with its place and a hint", async () => {
  const outcome = await createRuleSet(deps, owner, { body: ruleSet("numbr"), note: "" });
  expect(outcome).toMatchObject({ ok: false, error: { code: "RULE_SET_INVALID" } });
  const [problem] = await checkRuleSet(deps, owner, ruleSet("numbr"));
  expect(problem?.path).toContain("/applications/hr/user/inbound/mappers/0");
  expect(problem?.message).toContain("number");
});

test("something that is no rule set at all is refused, not a crash", async () => {
  for (const body of [null, 1, "x", [], {}, { format: 2 }]) {
    const outcome = await createRuleSet(deps, owner, { body, note: "" });
    expect(outcome).toMatchObject({ ok: false, error: { code: "RULE_SET_INVALID" } });
  }
});

test("a published version is active once vault and applications both hold it", async () => {
  const version = await publish(ruleSet());
  await stored(version, "vault");
  expect(await loadRuleSet(deps, owner, null)).toBeNull();
  await stored(version, "applications");
  expect(await loadRuleSet(deps, owner, null)).toMatchObject({ version, state: "active" });
});

test("an older version that arrives late never replaces a newer one", async () => {
  const older = await publish(ruleSet());
  const newer = await publish({ ...ruleSet(), classifications: [] });
  await stored(newer, "vault", "applications");
  await stored(older, "vault", "applications");
  expect(await loadRuleSet(deps, owner, null)).toMatchObject({ version: newer });
  expect(await loadRuleSet(deps, owner, older)).toMatchObject({ state: "retired" });
});

test("publishing leaves as events that only the tenant's key opens", async () => {
  const before = await outbox();
  await publish(ruleSet());
  const events = (await outbox()).slice(before.length);
  expect(events.map((event) => event.name)).toEqual([
    "rules.action.recorded", "rules.bundle.published", "rules.action.recorded",
  ]);
  for (const { payload } of events) expect(payload.includes("employeeNumber")).toBe(false);
});

test("who lost everything is told the published versions, then which one is active", async () => {
  const retired = await publish(ruleSet());
  const active = await publish({ ...ruleSet(), classifications: [] });
  await stored(retired, "vault", "applications");
  await stored(active, "vault", "applications");
  await createRuleSet(deps, owner, { body: ruleSet(), note: "a draft" });
  const before = (await outbox()).length;
  let told = 0;
  for await (const step of tellRuleSets(deps, tenant)) told += step;
  const own = (await outbox()).slice(before).map(({ name }) => name);
  expect(told).toBe(own.length);
  expect(own).toEqual([
    "rules.bundle.published", "rules.bundle.published", "rules.bundle.activated",
  ]);
});

test("an auditor reads rule sets and cannot write them", async () => {
  const auditor = callerWith("auditor");
  expect(await checkRuleSet(deps, auditor, ruleSet())).toEqual([]);
  await expect(createRuleSet(deps, auditor, { body: ruleSet(), note: "" })).rejects.toMatchObject({
    code: "FORBIDDEN",
  });
});

function outbox(): Promise<{ name: string; payload: Buffer }[]> {
  return deps.door.withCatalogue((tx) =>
    tx.query(
      "select envelope ->> 'name' as name, payload from outbox where tenant = $1 order by id",
      [tenant],
    ),
  );
}
