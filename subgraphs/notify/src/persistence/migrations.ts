import type { Migration } from "@joinery/kit";

/** Which organisations have mail to send: the worker's index over tenants. */
export const databaseMigrations: readonly Migration[] = [
  {
    id: "0001-notify-due",
    sql: `
-- One row per organisation with queued messages. New table, locks nothing that exists.
create table joinery.notify_due (
  tenant text primary key,
  due_at timestamptz not null
);
grant select, insert, update, delete on joinery.notify_due to {service};
`,
  },
];

export const tenantMigrations: readonly Migration[] = [
  {
    id: "0001-notify",
    sql: `
-- Mails, queued and sent. Creates a table only: locks nothing that exists, takes milliseconds.
create table message (
  id uuid primary key,
  kind text not null,
  recipient text not null,
  subject text not null,
  text text not null,
  occasion text not null constraint message__occasion unique,
  state text not null default 'queued',
  attempts integer not null default 0,
  next_at timestamptz not null default now(),
  code text,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  constraint message__state check (state in ('queued', 'sent', 'failed'))
);
create index message__queue on message (next_at) where state = 'queued';
create index message__created_at on message (created_at desc, id);
`,
  },
];
