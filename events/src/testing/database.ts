import { randomBytes } from "node:crypto";
import pg from "pg";
import { eventMigrations } from "../migrations/all.js";

/** A database of its own with schema `joinery`, its roles and one tenant role. */
export interface TestDatabase {
  readonly owner: pg.Client;
  /** Of the service role. */
  readonly serviceUrl: string;
  readonly pool: pg.Pool;
  readonly tenant: string;
  readonly tenantRole: string;
  close(): Promise<void>;
}

export async function createDatabase(adminUrl: string): Promise<TestDatabase> {
  const name = `events_${randomBytes(6).toString("hex")}`;
  const tenant = randomBytes(8).toString("hex");
  const roles = {
    service: `${name}_service`,
    tenants: `${name}_tenants`,
    tenant: `${name}_t_${tenant}`,
  };
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.query(`create role ${roles.service} login noinherit password 'test'`);
  await admin.query(`create role ${roles.tenants} nologin`);
  await admin.query(`create role ${roles.tenant} nologin in role ${roles.tenants}`);
  await admin.query(`grant ${roles.tenant} to ${roles.service}`);
  await admin.end();
  const owner = new pg.Client({ connectionString: databaseUrl(adminUrl, name) });
  await owner.connect();
  await owner.query("create schema joinery");
  await owner.query(`grant usage on schema joinery to ${roles.service}, ${roles.tenants}`);
  for (const { sql } of eventMigrations) {
    await owner.query(
      sql.replaceAll("{service}", roles.service).replaceAll("{tenants}", roles.tenants),
    );
  }
  const serviceUrl = databaseUrl(adminUrl, name, roles.service);
  const pool = new pg.Pool({ connectionString: serviceUrl, max: 5 });
  pool.on("error", () => undefined);
  return {
    owner,
    serviceUrl,
    pool,
    tenant,
    tenantRole: roles.tenant,
    close: async () => {
      await pool.end();
      await owner.end();
    },
  };
}

function databaseUrl(adminUrl: string, database: string, user?: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  if (user !== undefined) {
    url.username = user;
    url.password = "test";
  }
  return url.toString();
}
