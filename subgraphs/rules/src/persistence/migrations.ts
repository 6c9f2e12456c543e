import type { Migration } from "@joinery/kit";

/** Nothing in this database belongs to no tenant but what kit and events keep there. */
export const databaseMigrations: readonly Migration[] = [];

export const tenantMigrations: readonly Migration[] = [
  {
    id: "0001-rules",
    sql: `
-- Versions of the organisation's rule set, and what is known of the applications they speak of.
-- Creates tables only: locks nothing that exists, takes milliseconds whatever the population.

create table rule_set_version (
  version integer primary key,
  hash text not null,
  state text not null,
  body jsonb not null,
  note text not null,
  created_by text not null,
  created_at timestamptz not null,
  published_at timestamptz,
  activated_at timestamptz,
  -- Who holds the published bundle whole: vault, applications.
  stored_by text[] not null default '{}',
  constraint rule_set_version__state check (state in ('draft', 'published', 'active', 'retired'))
);
create unique index rule_set_version__active on rule_set_version (state) where state = 'active';
create index rule_set_version__hash on rule_set_version (hash);

create table application_view (
  id uuid primary key,
  key text not null,
  schema jsonb not null,
  state text not null,
  revision bigint not null
);

-- For the owner, when this database was set back: nobody has been told of a version this high.
create function after_restore() returns void language sql
  as 'update rule_set_version set version = version + 1000000';
`,
  },
];
