import { randomBytes } from "node:crypto";
import pg from "pg";
import { bootstrapDatabase } from "../database/bootstrap.js";
import { Door } from "../database/door.js";
import { migrateAll, provisionTenant, type ServiceMigrations } from "../database/migrate.js";
import { newTenantId, type TenantId } from "../ids.js";
import { keyPurposes, type KeyLease } from "../internal/contracts.js";
import { KeyRing } from "../keys/key-ring.js";
import { silentLog } from "../log.js";
import type { ServiceModule } from "../runtime/module.js";
import { eventMigrations } from "@joinery/events";

/** A service's real database for a test file, with organisations of its own and keys on loan. */
export interface ServiceDatabase {
  readonly door: Door;
  readonly keys: KeyRing;
  readonly ownerUrl: string;
  readonly serviceUrl: string;
  /** Makes another organisation's segment. */
  newTenant(): Promise<TenantId>;
  close(): Promise<void>;
}

type Tables = Pick<ServiceModule, "name" | "entities" | "databaseMigrations" | "tenantMigrations">;

/** Password of the roles in test clusters only: every test process must know it. */
const password = "joinery-test-cluster";

/** Opens the service's database in the cluster of the test run; several test files may share it. */
export async function openServiceDatabase(
  postgresUrl: string,
  tables: Tables,
): Promise<ServiceDatabase> {
  const plan: ServiceMigrations = {
    service: tables.name,
    database: [...eventMigrations, ...tables.databaseMigrations],
    tenant: tables.tenantMigrations,
  };
  const { ownerUrl, serviceUrl } = await inTurn(postgresUrl, async () => {
    const urls = await bootstrapDatabase(postgresUrl, tables.name, {
      owner: password,
      service: password,
    });
    await migrateAll(urls.ownerUrl, plan, silentLog);
    return urls;
  });
  const door = await Door.open({
    service: tables.name,
    url: serviceUrl,
    entities: tables.entities,
  });
  const newTenant = async () => {
    const tenant = newTenantId();
    await inTurn(postgresUrl, () => provisionTenant(ownerUrl, plan, tenant));
    return tenant;
  };
  return {
    door,
    ownerUrl,
    serviceUrl,
    keys: testKeyRing(),
    newTenant,
    close: () => door.close(),
  };
}

/** Keys that differ from tenant to tenant and from ring to ring. */
export function testKeyRing(): KeyRing {
  const leases = new Map<TenantId, KeyLease>();
  return new KeyRing((tenant) => {
    let lease = leases.get(tenant);
    if (!lease) {
      const keys = keyPurposes.map((purpose) => [purpose, [newKey()]] as const);
      lease = { leaseMs: 300_000, keys: Object.fromEntries(keys) as unknown as KeyLease["keys"] };
      leases.set(tenant, lease);
    }
    return Promise.resolve(lease);
  });
}

function newKey() {
  return { version: 1, key: randomBytes(32).toString("base64") };
}

/** Roles belong to the cluster, and test files run side by side: one at a time makes them. */
async function inTurn<T>(postgresUrl: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock(hashtext('joinery.test'))");
    return await work();
  } finally {
    await client.end();
  }
}
