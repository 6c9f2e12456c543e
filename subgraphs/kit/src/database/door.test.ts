import { setTimeout as delay } from "node:timers/promises";
import type { ProvidedServices } from "../services/provided-context.js";
import { survivingClient } from "./connections.js";
import { Door } from "./door.js";
import { openServiceDatabase, type ServiceDatabase } from "../testing/service-database.js";
import { afterAll, beforeAll, expect, inject, test } from "vitest";

const tables = (name: "audit" | "vault") => ({
  name,
  entities: [],
  databaseMigrations: [],
  tenantMigrations: [
    { id: "9000-door-test", sql: "create table if not exists door_test (who text not null);" },
  ],
});

let audit: ServiceDatabase;
let vault: ServiceDatabase;
let ours: string;
let theirs: string;

beforeAll(async () => {
  const url: ProvidedServices["postgresUrl"] = inject("postgresUrl");
  audit = await openServiceDatabase(url, tables("audit"));
  vault = await openServiceDatabase(url, tables("vault"));
  ours = await audit.newTenant();
  theirs = await audit.newTenant();
});
afterAll(async () => {
  await audit.close();
  await vault.close();
});

const whoAmI =
  "select current_user::text as who, current_database()::text as place, pg_backend_pid() as pid";

interface Me extends Record<string, unknown> {
  readonly who: string;
  readonly place: string;
  readonly pid: number;
}

test("a transaction inside another service's has its own database and connection", async () => {
  const tenant = await vault.newTenant();
  await audit.door.withTenant(ours, async (outer) => {
    const [around] = await outer.query<Me>(whoAmI);
    const [inside] = await vault.door.withTenant(tenant, (tx) => tx.query<Me>(whoAmI));
    expect(around?.place).toBe("joinery_audit");
    expect(inside?.place).toBe("joinery_vault");
    expect(inside?.who).toBe(`joinery_vault_t_${tenant}`);
  });
});

test("a transaction inside the same service's is another tenant's, and outlives it", async () => {
  const failing = audit.door.withTenant(ours, async (outer) => {
    await outer.execute("insert into door_test values ('outer')");
    await audit.door.withTenant(theirs, (tx) =>
      tx.execute("insert into door_test values ('inner')"),
    );
    throw new Error("the outer one fails");
  });
  await expect(failing).rejects.toThrow("the outer one fails");
  const read = (tenant: string) =>
    audit.door.withTenant(tenant, (tx) => tx.query<{ who: string }>("select who from door_test"));
  expect(await read(ours)).toEqual([]);
  expect(await read(theirs)).toEqual([{ who: "inner" }]);
});

test("without a tenant no tenant's table is readable, nor another tenant's with one", async () => {
  const foreign = `select from t_${theirs}.door_test`;
  await expect(audit.door.withCatalogue((tx) => tx.query(foreign))).rejects.toMatchObject({
    code: "42501",
  });
  await expect(audit.door.withTenant(ours, (tx) => tx.query(foreign))).rejects.toMatchObject({
    code: "42501",
  });
});

test("several statements in one text are refused", async () => {
  const text = "select 1; select 2";
  await expect(audit.door.withTenant(ours, (tx) => tx.query(text))).rejects.toMatchObject({
    code: "42601",
  });
});

test("connections that alternate between tenants and are cancelled leak nothing", async () => {
  const rounds = 10_000;
  let leaks = 0;
  const one = async (round: number) => {
    const tenant = round % 2 === 0 ? ours : theirs;
    const work = audit.door.withTenant(tenant, async (tx) => {
      const [me] = await tx.query<Me>(whoAmI);
      if (me?.who !== `joinery_audit_t_${tenant}`) leaks += 1;
      if (round % 7 === 0) throw new Error("abort");
      if (round % 11 === 0) await tx.query("select 1 / 0");
      if (round % 13 === 0) {
        await tx.query("set local statement_timeout = 1");
        await tx.query("select pg_sleep(1)");
      }
    });
    await work.catch(() => undefined);
    const [after] = await audit.door.withCatalogue((tx) => tx.query<Me>(whoAmI));
    if (after?.who !== "joinery_audit_service") leaks += 1;
  };
  for (let at = 0; at < rounds; at += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, i) => one(at + i)));
  }
  expect(leaks).toBe(0);
}, 120_000);

test("the check for leaks would see a role that is set for the session", async () => {
  const client = await audit.door.pool.connect();
  try {
    await client.query(`set role "joinery_audit_t_${ours}"`);
    const [me] = (await client.query<Me>(whoAmI)).rows;
    expect(me?.who).not.toBe("joinery_audit_service");
  } finally {
    client.release(true);
  }
});

test("a connection that breaks in a transaction is not missed afterwards", async () => {
  const door = await Door.open({
    service: "audit", url: audit.serviceUrl, entities: [], poolSizeMax: 2,
  });
  const admin = survivingClient({ connectionString: inject("postgresUrl") });
  await admin.connect();
  const broken = (at: "statement" | "commit") =>
    door.withTenant(ours, async (tx) => {
      const [me] = await tx.query<Me>(whoAmI);
      await admin.query("select pg_terminate_backend($1)", [me?.pid]);
      await delay(50);
      if (at === "statement") await tx.query("select 1");
    });
  for (let round = 0; round < 3; round += 1) {
    await expect(broken("statement")).rejects.toThrow(/./);
    await expect(broken("commit")).rejects.toThrow(/./);
  }
  const answers = [1, 2, 3].map((n) =>
    door.withCatalogue((tx) => tx.query("select $1::int as n", [n])));
  expect(await Promise.race([Promise.all(answers), delay(5_000)]))
    .toEqual([[{ n: 1 }], [{ n: 2 }], [{ n: 3 }]]);
  expect(door.pool.totalCount).toBeLessThanOrEqual(2);
  await admin.end();
  await door.close();
});
