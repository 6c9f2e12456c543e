import {
  bootstrapDatabase,
  databaseOf,
  migrateAll,
  migrationsOf,
  provisionTenant,
  silentLog,
  tenantSchema,
  type ServiceMigrations,
  type ServiceModule,
  type TenantId,
} from "@joinery/kit";
import { Client } from "pg";
import { dump } from "./dump.ts";

/** The shape of one service's database, made in two ways. */
export interface Shapes {
  readonly service: string;
  /** Every migration at once, then an organisation. */
  readonly fresh: string;
  /** An organisation that is there from the beginning, then one migration after the other. */
  readonly upgraded: string;
  readonly tenantTables: number;
}

const tenant = "schema0000000000" as TenantId;
const passwords = { owner: "owner", service: "service" };

/** Makes the database of a service twice on the server at `adminUrl` and reads its shape. */
export async function shapesOf(adminUrl: string, module: ServiceModule): Promise<Shapes> {
  const plan = migrationsOf(module);
  const fresh = await shape(adminUrl, plan, async (owner) => {
    await migrateAll(owner, plan, silentLog);
    await provisionTenant(owner, plan, tenant);
  });
  const upgraded = await shape(adminUrl, plan, async (owner) => {
    for (const [index, stage] of stages(plan).entries()) {
      await migrateAll(owner, stage, silentLog);
      if (index === 0) await provisionTenant(owner, stage, tenant);
    }
  });
  const [, ofTenant = ""] = fresh.split("-- schema {tenant}");
  const tenantTables = ofTenant.match(/^create (unlogged )?table /gm)?.length ?? 0;
  return { service: plan.service, fresh, upgraded, tenantTables };
}

/** What each release in turn would have brought, had each migration been one. */
function stages(plan: ServiceMigrations): readonly ServiceMigrations[] {
  const { database, tenant: own } = plan;
  return [
    { ...plan, database: [], tenant: [] },
    ...database.map((_, last) => ({ ...plan, database: database.slice(0, last + 1), tenant: [] })),
    ...own.map((_, last) => ({ ...plan, tenant: own.slice(0, last + 1) })),
  ];
}

async function shape(
  adminUrl: string,
  plan: ServiceMigrations,
  make: (ownerUrl: string) => Promise<void>,
): Promise<string> {
  const { ownerUrl } = await bootstrapDatabase(adminUrl, plan.service, passwords);
  await make(ownerUrl);
  const text = await dump(ownerUrl, tenantSchema(tenant));
  await dropDatabase(adminUrl, databaseOf(plan.service));
  return text;
}

async function dropDatabase(adminUrl: string, database: string): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await admin.query(`drop database "${database}" with (force)`);
  } finally {
    await admin.end();
  }
}
