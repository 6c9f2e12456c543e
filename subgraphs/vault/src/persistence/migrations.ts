import type { Migration } from "@joinery/kit";

/** Nothing in this database belongs to no tenant but what kit and events keep there. */
export const databaseMigrations: readonly Migration[] = [];

export const tenantMigrations: readonly Migration[] = [
  {
    id: "0001-vault",
    sql: `
-- Identities, what is known of accounts, how one finds the other, and the working rows of waves.
-- What is kept to be read as a whole is json (docs/decisions/0015).
-- Creates tables only: locks nothing that exists, takes milliseconds whatever the population.

create table identity (
  id uuid primary key,
  kind text not null,
  label text not null,
  attributes jsonb not null,
  origins json not null,
  -- Contributions beside those of accounts: by hand, generated, of the rule that made a group.
  kept jsonb not null default '[]',
  classification smallint not null default 0,
  revision bigint not null,
  state text not null,
  next_due_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint identity__state check (state in ('active', 'gone'))
);
create index identity__label on identity (kind, lower(label) collate "C", id);
create index identity__classification on identity (classification) where classification > 0;
create index identity__next_due_at on identity (next_due_at) where next_due_at is not null;

-- Every account past the import filter, joined or not: for rule changes,
-- why, re-tried joins.
create table account_view (
  account_id uuid primary key,
  application_id uuid not null,
  kind text not null,
  anchor text not null,
  name text not null,
  attributes json not null,
  enabled boolean,
  revision bigint not null,
  state text not null,
  situation text not null,
  identity_id uuid,
  join_kind text not null default 'primary',
  join_rule text,
  candidates uuid[],
  -- Why the newest state was not taken into the identity: {code, mapper}.
  failure jsonb,
  constraint account_view__state check (state in ('present', 'gone'))
);
create unique index account_view__joined
  on account_view (identity_id, application_id, join_kind)
    where state = 'present' and identity_id is not null;
create index account_view__anchor on account_view (application_id, kind, anchor);
create index account_view__name on account_view (application_id, kind, name) where name <> anchor;
-- Those that are present are found by account_view__joined.
create index account_view__gone on account_view (identity_id)
  where state = 'gone' and identity_id is not null;
create index account_view__situation
  on account_view (application_id, situation, account_id)
    where situation in ('unmatched', 'disputed', 'failed');

-- Joining keys as blind indexes: of identities ('i'), and of accounts that wait for one ('a').
create table join_key (
  key uuid not null,
  side "char" not null,
  owner uuid not null,
  primary key (key, side, owner)
);
create index join_key__owner on join_key (owner, side);

-- Members as a group's own application reports them.
create table account_member (
  group_account uuid not null,
  member text not null,
  member_account uuid,
  primary key (group_account, member)
);
create index account_member__member_account on account_member (member_account);

-- Memberships that the vault wants, by identity; the origin is an application or a rule.
create table membership (
  group_id uuid not null,
  member_id uuid not null,
  origin text not null,
  primary key (group_id, member_id, origin)
);
create index membership__member on membership (member_id, origin);

create table wave (
  id uuid primary key,
  run_id uuid not null,
  application_id uuid not null,
  bundle text,
  state text not null,
  stage jsonb not null,
  counts jsonb not null default '{}',
  breaches jsonb not null default '[]',
  root bytea,
  code text,
  reason text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index wave__run on wave (run_id);
create index wave__open on wave (application_id)
  where state not in ('finished', 'discarded', 'failed');

create table guard_ledger (
  application_id uuid not null,
  class text not null,
  hour timestamptz not null,
  n integer not null,
  primary key (application_id, class, hour)
);

-- Replicas of small things by kind: applications, rule-set bundles and their chunks.
create table replica (
  kind text not null,
  id text not null,
  revision bigint not null default 0,
  body jsonb not null,
  primary key (kind, id)
);

-- Working rows: lost with a crash of the database, then made again from the inbox.
create unlogged table wave_account (
  wave_id uuid not null,
  account_id uuid not null,
  application_id uuid not null,
  kind text not null,
  anchor text not null,
  name text not null,
  attributes json not null,
  enabled boolean,
  revision bigint not null,
  state text not null,
  given uuid,
  -- The order of computing, and how an account is found by what the vault knows of it.
  primary key (wave_id, application_id, anchor, account_id)
);

-- What the wave decided about each account.
create unlogged table wave_decision (
  wave_id uuid not null,
  account_id uuid not null,
  application_id uuid not null,
  anchor text not null,
  situation text not null,
  identity_id uuid,
  join_rule text,
  candidates uuid[],
  failure jsonb,
  -- The wave comes last: rows are never looked for by it alone.
  primary key (account_id, wave_id)
);
create index wave_decision__identity on wave_decision (identity_id, wave_id)
  where identity_id is not null;

create unlogged table wave_identity (
  wave_id uuid not null,
  id uuid not null,
  kind text not null,
  label text not null,
  attributes jsonb not null,
  origins json not null,
  kept jsonb not null,
  classification smallint not null,
  revision bigint not null,
  state text not null,
  next_due_at timestamptz,
  keys uuid[] not null,
  group_ids uuid[] not null,
  group_origins text[] not null,
  primary key (wave_id, id)
);

-- Keys of identities that the wave makes or changes, so that its later accounts find them.
create unlogged table wave_key (
  wave_id uuid not null,
  key uuid not null,
  identity_id uuid not null,
  primary key (wave_id, key, identity_id)
);

-- What each batch is made of, and its events: sealed when computed, sent when applied.
create unlogged table wave_batch (
  wave_id uuid not null,
  batch integer not null,
  account_ids uuid[] not null,
  identity_ids uuid[] not null,
  envelopes jsonb not null,
  sealed bytea[] not null,
  primary key (wave_id, batch)
);
alter table wave_batch alter column sealed set storage external;

-- For the owner, when this database was set back: nobody has been told of a revision this high.
create function after_restore() returns void language sql
  as 'update identity set revision = revision + 1000000';
`,
  },
];
