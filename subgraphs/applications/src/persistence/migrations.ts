import type { Migration } from "@joinery/kit";

/** Nothing in this database belongs to no tenant but what kit and events keep there. */
export const databaseMigrations: readonly Migration[] = [];

export const tenantMigrations: readonly Migration[] = [
  {
    id: "0001-applications",
    sql: `
-- Connected systems, their accounts as they are, replicas of the vault, runs and the export queue.
-- Creates tables only: locks nothing that exists, takes milliseconds whatever the population.

create table application (
  id uuid primary key,
  key text not null constraint application__key unique,
  name text not null,
  connector text not null,
  configuration jsonb not null,
  authoritative_for text[] not null default '{}',
  phase text not null,
  stopped boolean not null default false,
  schema jsonb not null default '{}',
  limits jsonb not null default '{}',
  export_policy jsonb not null default '{}',
  state text not null default 'active',
  revision bigint not null default 1,
  -- Set by the first complete import: no create leaves before it.
  first_import_at timestamptz,
  first_live_run_at timestamptz,
  -- Every identity is due for outbound: a new bundle, or a first complete import.
  outbound_all_due boolean not null default false,
  export_fence bigint not null default 0,
  export_lease_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint application__phase check (phase in ('sandbox', 'semi-automatic', 'live'))
);

create table run (
  id uuid primary key,
  application_id uuid not null references application,
  state text not null,
  actor jsonb not null,
  bundle text,
  population integer not null default 0,
  counts jsonb not null default '{}',
  errors jsonb not null default '{}',
  code text,
  reason text,
  fence bigint not null default 0,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  constraint run__state check (state in
    ('queued', 'importing', 'inbound', 'outbound', 'exporting', 'held', 'finished', 'failed', 'discarded'))
);
create index run__application on run (application_id, created_at desc, id);
create index run__open on run (state) where state not in ('finished', 'failed', 'discarded');

-- One row per wave of a run: import, inbound (as the vault reports it), outbound, export per target.
create table wave (
  id uuid primary key,
  run_id uuid not null references run,
  process text not null,
  application_id uuid not null,
  state text not null,
  stage jsonb not null default '{}',
  batches integer not null default 0,
  counts jsonb not null default '{}',
  breaches jsonb not null default '[]',
  root bytea,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint wave__process check (process in ('import', 'inbound', 'outbound', 'export'))
);
create index wave__run on wave (run_id);
create index wave__open on wave (application_id, process) where state not in ('finished', 'failed', 'discarded');

-- An account as the system holds it, or as it is planned. identity_id is the replica of the join.
create table account (
  id uuid primary key,
  application_id uuid not null,
  kind text not null,
  anchor text,
  name text not null,
  name_key text not null,
  attributes jsonb not null,
  enabled boolean,
  hash bytea,
  revision bigint not null,
  state text not null,
  identity_id uuid,
  join_kind text not null default 'primary',
  join_revision bigint not null default 0,
  -- Unmatched, the connector's own and break-glass accounts are never written by rule.
  protected boolean not null default false,
  corrections jsonb,
  updated_at timestamptz not null default now(),
  constraint account__state check (state in ('planned', 'present', 'gone'))
);
create unique index account__anchor on account (application_id, kind, anchor) where anchor is not null;
create index account__name on account (application_id, kind, name_key);
create index account__identity on account (identity_id, application_id) where identity_id is not null;

-- Members of groups as the system holds them; ours = added by us.
create table member (
  group_account uuid not null,
  member text not null,
  member_account uuid,
  ours boolean not null default false,
  primary key (group_account, member)
);
create index member__member_account on member (member_account) where member_account is not null;

-- Replicas fed by vault events only, gated by revision.
create table identity_view (
  id uuid primary key,
  kind text not null,
  attributes jsonb not null,
  classification smallint not null,
  revision bigint not null,
  state text not null
);
create table membership_view (
  group_id uuid not null,
  member_id uuid not null,
  because text[] not null,
  primary key (group_id, member_id)
);
create index membership_view__member on membership_view (member_id);

-- Identities whose accounts must be computed again.
create table due (
  identity_id uuid primary key,
  revision bigint not null
);

-- The plan and the export queue: one row per planned change of one account.
create table item (
  id bigint generated always as identity primary key,
  wave_id uuid not null,
  run_id uuid not null,
  application_id uuid not null,
  account_id uuid not null,
  identity_id uuid,
  kind text not null,
  operation text not null,
  before jsonb not null,
  after jsonb not null,
  because text[] not null,
  classes text[] not null,
  hash bytea not null,
  state text not null,
  attempts integer not null default 0,
  next_at timestamptz,
  code text,
  reason text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint item__operation check (operation in ('create', 'update', 'delete', 'members')),
  constraint item__state check (state in
    ('planned', 'queued', 'waiting', 'done', 'failed', 'stale', 'discarded'))
);
create index item__queue on item (application_id, next_at, id) where state in ('queued', 'waiting');
create index item__open_account on item (account_id) where state in ('planned', 'queued', 'waiting');
create index item__run on item (run_id, id);
create index item__wave on item (wave_id, id);

create table guard_ledger (
  application_id uuid not null,
  class text not null,
  hour timestamptz not null,
  n integer not null,
  primary key (application_id, class, hour)
);

-- Rule-set bundles and their chunks.
create table bundle (
  hash text not null,
  chunk integer not null,
  chunks integer not null,
  version integer not null,
  data text not null,
  active boolean not null default false,
  primary key (hash, chunk)
);

-- Working rows of an import: lost with a crash of the database, then read again from the source.
create unlogged table stage (
  run_id uuid not null,
  kind text not null,
  anchor text not null,
  member text not null default '',
  account_id uuid not null,
  name text,
  hash bytea,
  attributes jsonb,
  enabled boolean
);
create index stage__run on stage (run_id, kind, anchor);
`,
  },
];
