import { createHash } from "node:crypto";
import type pg from "pg";
import { JoineryError } from "../errors.js";
import type { TenantId } from "../ids.js";
import type { Log } from "../log.js";
import { survivingClient } from "./connections.js";
import { quoted, rolesOf, tenantRole, tenantSchema } from "./roles.js";

/**
 * One forward step. `id` sorts; the text never changes after a release (its checksum is kept).
 * `{service}` and `{tenants}` stand for the role names, `{tenant}` for the tenant's role.
 */
export interface Migration {
  readonly id: string;
  readonly sql: string;
}

export interface ServiceMigrations {
  readonly service: string;
  /** Of schema `joinery`, once per database. */
  readonly database: readonly Migration[];
  /** Of each tenant's schema, unqualified names. */
  readonly tenant: readonly Migration[];
}

/** Brings the database and every provisioned tenant up to date. One process at a time does it. */
export async function migrateAll(
  ownerUrl: string,
  plan: ServiceMigrations,
  log: Log,
): Promise<void> {
  await asOwner(ownerUrl, async (owner) => {
    await migrateDatabase(owner, plan, log);
    const { rows } = await owner.query<{ tenant: TenantId }>(
      "select tenant from joinery.tenant order by tenant",
    );
    for (const [index, { tenant }] of rows.entries()) {
      const applied = await migrateTenant(owner, plan, tenant);
      if (applied > 0) {
        log.info("tenant migrated", { tenant, applied, done: index + 1, of: rows.length });
      }
    }
  });
}

/**
 * Makes the tenant's role and schema in this service's database and brings it up to date.
 * Idempotent: a half-made segment is completed.
 */
export async function provisionTenant(
  ownerUrl: string,
  plan: ServiceMigrations,
  tenant: TenantId,
): Promise<void> {
  await asOwner(ownerUrl, async (owner) => {
    await owner.query("begin");
    await createTenantRole(owner, plan.service, tenant);
    const schema = quoted(tenantSchema(tenant));
    const role = quoted(tenantRole(plan.service, tenant));
    await owner.query(`create schema if not exists ${schema}`);
    await owner.query(`grant usage on schema ${schema} to ${role}`);
    await owner.query(
      "insert into joinery.tenant (tenant) values ($1) on conflict do nothing",
      [tenant],
    );
    await owner.query("commit");
    await migrateTenant(owner, plan, tenant);
  });
}

async function createTenantRole(owner: pg.Client, service: string, tenant: TenantId) {
  const roles = rolesOf(service);
  const role = tenantRole(service, tenant);
  const existing = await owner.query("select from pg_roles where rolname = $1", [role]);
  if (existing.rowCount === 0) await owner.query(`create role ${quoted(role)} nologin`);
  const { rows } = await owner.query<{ version: number }>(
    "select current_setting('server_version_num')::int as version",
  );
  const options = (rows[0]?.version ?? 0) >= 160_000 ? " with inherit false, set true" : "";
  await owner.query(`grant ${quoted(role)} to ${quoted(roles.service)}${options}`);
  await owner.query(`grant ${quoted(roles.tenants)} to ${quoted(role)}`);
}

async function migrateDatabase(owner: pg.Client, plan: ServiceMigrations, log: Log) {
  const roles = rolesOf(plan.service);
  await owner.query("begin");
  await owner.query("select pg_advisory_xact_lock(hashtext('joinery.migration'))");
  await owner.query("create schema if not exists joinery");
  await owner.query(
    `grant usage on schema joinery to ${quoted(roles.service)}, ${quoted(roles.tenants)}`,
  );
  await owner.query(catalogue);
  await owner.query(`grant select on joinery.tenant to ${quoted(roles.service)}`);
  await owner.query("commit");
  const applied = await apply(owner, "database", "joinery", plan.database, {
    service: roles.service,
    tenants: roles.tenants,
  });
  if (applied > 0) log.info("database migrated", { applied });
}

/** Lives before any migration: what has been applied, and which tenants have a segment here. */
const catalogue = `
  create table if not exists joinery.migration (
    scope text not null,
    id text not null,
    checksum text not null,
    applied_at timestamptz not null default now(),
    primary key (scope, id)
  );
  create table if not exists joinery.tenant (
    tenant text primary key,
    provisioned_at timestamptz not null default now()
  );`;

async function migrateTenant(
  owner: pg.Client,
  plan: ServiceMigrations,
  tenant: TenantId,
): Promise<number> {
  const role = tenantRole(plan.service, tenant);
  const schema = tenantSchema(tenant);
  const names = { ...rolesOf(plan.service), tenant: role };
  const applied = await apply(owner, tenant, schema, plan.tenant, names);
  if (applied > 0) {
    const within = `in schema ${quoted(schema)} to ${quoted(role)}`;
    await owner.query(`grant select, insert, update, delete on all tables ${within}`);
    await owner.query(`grant usage on all sequences ${within}`);
  }
  return applied;
}

/** Each step in a transaction of its own, under a lock, with the schema first in the path. */
async function apply(
  owner: pg.Client,
  scope: string,
  schema: string,
  steps: readonly Migration[],
  names: Readonly<Record<string, string>>,
): Promise<number> {
  let applied = 0;
  for (const step of steps) {
    const checksum = createHash("sha256").update(step.sql).digest("hex");
    await owner.query("begin");
    await owner.query("select pg_advisory_xact_lock(hashtext('joinery.migration'))");
    const { rows } = await owner.query<{ checksum: string }>(
      "select checksum from joinery.migration where scope = $1 and id = $2",
      [scope, step.id],
    );
    if (rows[0] && rows[0].checksum !== checksum) {
      throw new JoineryError(
        "MIGRATION_CHANGED",
        `migration ${step.id} changed after it was applied`,
      );
    }
    if (!rows[0]) {
      await owner.query(`set local search_path to ${quoted(schema)}`);
      await owner.query(withNames(step.sql, names));
      await owner.query(
        "insert into joinery.migration (scope, id, checksum) values ($1, $2, $3)",
        [scope, step.id, checksum],
      );
      applied += 1;
    }
    await owner.query("commit");
  }
  return applied;
}

function withNames(sql: string, names: Readonly<Record<string, string>>): string {
  return sql.replaceAll(/\{(service|tenants|tenant)\}/g, (whole, name: string) => {
    const role = names[name];
    return role === undefined ? whole : quoted(role);
  });
}

/** A connection of the owner, closed afterwards; an open transaction is rolled back by closing. */
export async function asOwner<T>(url: string, work: (owner: pg.Client) => Promise<T>): Promise<T> {
  const owner = survivingClient({
    connectionString: url,
    application_name: "joinery owner",
  });
  await owner.connect();
  try {
    return await work(owner);
  } finally {
    await owner.end();
  }
}
