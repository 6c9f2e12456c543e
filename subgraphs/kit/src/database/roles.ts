import type { TenantId } from "../ids.js";

/**
 * The three database roles of a service (docs/decisions/0003): `owner` runs migrations, `service`
 * signs in and owns nothing, one role per tenant does the work. `tenants` is the group whose
 * members may insert into the outbox. Names carry the service, for one cluster may hold all six
 * databases.
 */
export interface ServiceRoles {
  readonly owner: string;
  readonly service: string;
  readonly tenants: string;
}

export function rolesOf(service: string): ServiceRoles {
  return {
    owner: `joinery_${service}_owner`,
    service: `joinery_${service}_service`,
    tenants: `joinery_${service}_tenants`,
  };
}

export function databaseOf(service: string): string {
  return `joinery_${service}`;
}

export function tenantSchema(tenant: TenantId): string {
  return `t_${tenant}`;
}

export function tenantRole(service: string, tenant: TenantId): string {
  return `joinery_${service}_t_${tenant}`;
}

/** A name as one SQL identifier. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
