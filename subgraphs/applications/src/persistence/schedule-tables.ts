/**
 * When runs begin by themselves, as a whole in the application's row: `{import, outbound}`, each
 * with its settings and how far it is. Existing applications get the default schedules, due after
 * an interval and spread over a quarter of an hour more, so that an upgrade starts no run. Writes
 * each application once, of which there are few: milliseconds whatever the population.
 */
export const scheduleTables = `
alter table application add column schedules jsonb not null default '{}';
update application set schedules = jsonb_build_object(
  'import', jsonb_build_object('settings', jsonb_build_object('everyMinutes', 60),
    'nextAt', now() + interval '60 minutes' + random() * interval '15 minutes'),
  'outbound', jsonb_build_object('settings', jsonb_build_object('everyMinutes', 15),
    'nextAt', now() + interval '15 minutes' + random() * interval '15 minutes'));
insert into joinery.application_task (tenant, kind, subject, due_at, wishes)
select substr(current_schema(), 3), 'schedule', id, now() + interval '15 minutes', 1
from application where state = 'active'
on conflict (tenant, kind, subject) do nothing;
`;

/** Tasks of a new kind. Looks at each task once, of which an application has a handful. */
export const scheduleTaskKind = `
alter table joinery.application_task drop constraint application_task_kind_check;
alter table joinery.application_task add constraint application_task_kind_check
  check (kind in ('import', 'outbound', 'export', 'watch', 'schedule'));
`;

/**
 * How a system has answered lately, as a whole; nothing while it is well. With its default no row
 * is written.
 */
export const healthColumn = "alter table application add column health jsonb not null default '{}'";

/** Tasks of a new kind. Looks at each task once, of which an application has a handful. */
export const probeTaskKind = `
alter table joinery.application_task drop constraint application_task_kind_check;
alter table joinery.application_task add constraint application_task_kind_check
  check (kind in ('import', 'outbound', 'export', 'watch', 'schedule', 'probe'));
`;
