import type pg from "pg";
import { survivingClient } from "./connections.js";
import { databaseOf, quoted, rolesOf } from "./roles.js";

/** Sign-in of the two LOGIN roles of a service. */
export interface ServicePasswords {
  readonly owner: string;
  readonly service: string;
}

/**
 * Makes a service's database and roles, or sets their passwords anew. Needs a role with CREATEDB
 * and CREATEROLE. Idempotent. Returns the URLs that the service is configured with.
 */
export async function bootstrapDatabase(
  adminUrl: string,
  service: string,
  passwords: ServicePasswords,
): Promise<{ ownerUrl: string; serviceUrl: string }> {
  const roles = rolesOf(service);
  const database = databaseOf(service);
  const admin = survivingClient({
    connectionString: adminUrl,
    application_name: "joinery bootstrap",
  });
  await admin.connect();
  try {
    await ensureRole(admin, roles.owner, `login createrole password ${literal(passwords.owner)}`);
    await ensureRole(
      admin,
      roles.service,
      `login noinherit password ${literal(passwords.service)}`,
    );
    await ensureRole(admin, roles.tenants, "nologin");
    await admin.query(`grant ${quoted(roles.tenants)} to ${quoted(roles.owner)} with admin option`);
    await admin.query(`grant ${quoted(roles.owner)} to current_user`);
    const existing = await admin.query("select from pg_database where datname = $1", [database]);
    if (existing.rowCount === 0) {
      await admin.query(
        `create database ${quoted(database)} owner ${quoted(roles.owner)}
         template template0 encoding 'UTF8'`,
      );
    }
    await admin.query(`revoke all on database ${quoted(database)} from public`);
    await admin.query(`grant connect on database ${quoted(database)} to ${quoted(roles.service)}`);
  } finally {
    await admin.end();
  }
  return {
    ownerUrl: withSignIn(adminUrl, roles.owner, passwords.owner, database),
    serviceUrl: withSignIn(adminUrl, roles.service, passwords.service, database),
  };
}

async function ensureRole(admin: pg.Client, role: string, options: string): Promise<void> {
  const existing = await admin.query("select from pg_roles where rolname = $1", [role]);
  const verb = existing.rowCount === 0 ? "create" : "alter";
  await admin.query(`${verb} role ${quoted(role)} ${options}`);
}

/** Role statements take no parameters; passwords are ours, and quoted all the same. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function withSignIn(adminUrl: string, user: string, password: string, database: string): string {
  const url = new URL(adminUrl);
  url.username = user;
  url.password = password;
  url.pathname = `/${database}`;
  return url.toString();
}
