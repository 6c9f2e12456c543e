import type { Migration } from "@joinery/kit";
import { tenantTables } from "./tables.js";

/** Work of the task role: one row per organisation, kind and subject (docs/decisions/0012). */
export const databaseMigrations: readonly Migration[] = [
  {
    id: "applications-0001-task",
    sql: `
-- What the task role has to do. New table only: locks nothing that exists.
create table joinery.application_task (
  tenant text not null,
  kind text not null check (kind in ('import', 'outbound', 'export')),
  -- The application; for outbound, which an organisation has one of, the nil UUID.
  subject uuid not null,
  -- Counts the claims: an effect commits only under the newest.
  fence bigint not null default 0,
  leased_until timestamptz,
  -- Nothing to do while null.
  due_at timestamptz,
  -- Counts the wishes, so that one made during the work is not lost at its end.
  wishes bigint not null default 0,
  served_at timestamptz not null default now(),
  primary key (tenant, kind, subject)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
create index application_task__due on joinery.application_task (kind, due_at)
  where due_at is not null;
grant select, insert, update, delete on joinery.application_task to {service};
`,
  },
];

export const tenantMigrations: readonly Migration[] = [
  { id: "0001-applications", sql: tenantTables },
];
