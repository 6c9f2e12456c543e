import type { Migration } from "@joinery/kit";
import { connectionTable } from "./connection-table.js";
import { futureDeleteColumns } from "./future-columns.js";
import { groupTables } from "./group-tables.js";
import { itemNames } from "./item-names.js";
import { pushedTables } from "./pushed-tables.js";
import {
  healthColumn, probeTaskKind, scheduleTables, scheduleTaskKind,
} from "./schedule-tables.js";
import { tenantTables } from "./tables.js";

/** Work of the task role: one row per organisation, kind and subject (docs/decisions/0012). */
export const databaseMigrations: readonly Migration[] = [
  {
    id: "applications-0001-task",
    sql: `
-- What the task role has to do. New table only: locks nothing that exists.
create table joinery.application_task (
  tenant text not null,
  kind text not null check (kind in ('import', 'outbound', 'export', 'watch')),
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

-- One round trip each from inside an organisation's transaction, for its own tasks only.
create function joinery.hold_application_task(
  p_tenant text, p_kind text, p_subject uuid, p_fence bigint
) returns boolean
language plpgsql security definer set search_path = joinery, pg_temp as $function$
begin
  if right(current_setting('role'), length(p_tenant) + 3) <> '_t_' || p_tenant then
    raise insufficient_privilege;
  end if;
  perform from application_task t
    where t.tenant = p_tenant and t.kind = p_kind and t.subject = p_subject and t.fence = p_fence
    for share;
  return found;
end
$function$;

create function joinery.wish_application_task(
  p_tenant text, p_kind text, p_subject uuid, p_at timestamptz
) returns void
language plpgsql security definer set search_path = joinery, pg_temp as $function$
begin
  if right(current_setting('role'), length(p_tenant) + 3) <> '_t_' || p_tenant then
    raise insufficient_privilege;
  end if;
  insert into application_task as t (tenant, kind, subject, due_at, wishes)
  values (p_tenant, p_kind, p_subject, coalesce(p_at, clock_timestamp()), 1)
  on conflict (tenant, kind, subject) do update
    set due_at = least(coalesce(t.due_at, excluded.due_at), excluded.due_at),
        wishes = t.wishes + 1;
end
$function$;

revoke execute on function joinery.hold_application_task, joinery.wish_application_task from public;
grant execute on function joinery.hold_application_task, joinery.wish_application_task
  to {tenants};
`,
  },
  { id: "applications-0002-schedule", sql: scheduleTaskKind },
  { id: "applications-0003-probe", sql: probeTaskKind },
];

export const tenantMigrations: readonly Migration[] = [
  { id: "0001-applications", sql: tenantTables },
  { id: "0002-pushed", sql: pushedTables },
  { id: "0003-schedules", sql: scheduleTables },
  { id: "0004-connections", sql: connectionTable },
  { id: "0005-groups", sql: groupTables },
  { id: "0006-health", sql: healthColumn },
  { id: "0007-item-names", sql: itemNames },
  { id: "0008-future-deletes", sql: futureDeleteColumns },
];
