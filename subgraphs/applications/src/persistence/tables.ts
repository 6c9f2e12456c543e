/**
 * The thirteen tables of an organisation's schema: connected systems, their accounts as they are,
 * replicas of the vault, runs and the export queue. What is kept to be read as a whole is json
 * (docs/decisions/0015). Creates tables only: locks nothing that exists, takes milliseconds
 * whatever the population.
 */
export const tenantTables = `
create table application (
  id uuid primary key,
  key text not null,
  name text not null,
  connector text not null,
  configuration jsonb not null,
  authoritative_for text[] not null default '{}',
  phase text not null,
  stopped boolean not null default false,
  schema jsonb not null default '{}',
  -- Attributes as an operator described them, over what the system told.
  schema_override jsonb not null default '{}',
  limits jsonb not null default '{}',
  export_policy jsonb not null default '{}',
  -- Names and anchors of accounts that no rule may write: the connector's own, break-glass.
  protected_names text[] not null default '{}',
  state text not null default 'active',
  revision bigint not null default 1,
  -- Set by the first complete import: no create leaves before it.
  first_import_at timestamptz,
  -- The first completed run as a source; the first completed export as a target.
  first_live_run_at timestamptz,
  first_export_at timestamptz,
  -- Every identity is due for outbound while wished > done; done counts only bundles from
  -- version on.
  all_due_wished bigint not null default 0,
  all_due_done bigint not null default 0,
  all_due_version integer not null default 0,
  -- Changes are imported as they come.
  watched boolean not null default false,
  -- Why nobody listens to it though it is watched.
  watch_code text,
  watch_reason text,
  -- Where what the system tells of changes was read up to; null: only a full read knows.
  position json,
  -- When its accounts were last counted for whoever keeps a copy of them.
  counted_at timestamptz,
  -- Creates that may have left without an answer being known.
  in_flight bigint[] not null default '{}',
  -- The whole system refused: nothing leaves until then.
  paused_until timestamptz,
  pause_code text,
  pause_reason text,
  pauses integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint application__phase check (phase in ('sandbox', 'semi-automatic', 'live')),
  constraint application__state check (state in ('active', 'deleted'))
);
create unique index application__key on application (key) where state = 'active';

create table run (
  id uuid primary key,
  application_id uuid not null references application,
  state text not null,
  actor jsonb not null,
  -- Nothing: it tells the vault anew what we hold of the application.
  reads text not null default 'everything',
  bundle text,
  bundle_version integer,
  -- Joined accounts, and all present ones, when the run began.
  population integer not null default 0,
  accounts integer not null default 0,
  counts jsonb not null default '{}',
  errors jsonb not null default '{}',
  timings jsonb not null default '{}',
  code text,
  reason text,
  read_started_at timestamptz,
  -- As exact as a cursor is.
  created_at timestamptz(3) not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  constraint run__reads check (reads in ('everything', 'changes', 'nothing', 'simulation')),
  constraint run__state check (state in ('queued', 'importing', 'inbound', 'outbound', 'exporting',
    'held', 'finished', 'failed', 'discarded'))
);
create index run__application on run (application_id, created_at desc, id);
create index run__open on run (state) where state not in ('finished', 'failed', 'discarded');

-- One row per wave of a run: import, inbound (as the vault reports it), outbound, export per
-- target.
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
  constraint wave__process check (process in ('import', 'inbound', 'outbound', 'export')),
  constraint wave__state check (state in
    ('computing', 'held', 'released', 'finished', 'failed', 'discarded')),
  constraint wave__run_process_application unique (run_id, process, application_id)
);
create index wave__open on wave (application_id, process)
  where state not in ('finished', 'failed', 'discarded');
create index wave__inbound on wave (application_id, created_at) where process = 'inbound';

-- An account as the system holds it, or as it is planned. identity_id is the replica of the join.
create table account (
  id uuid primary key,
  -- Small and dense: an import remembers what it saw as one bit each.
  number integer generated always as identity,
  application_id uuid not null,
  kind text not null,
  anchor text collate "C",
  name text not null,
  name_key text collate "C" not null,
  attributes json not null,
  enabled boolean,
  -- Of the content as it was read; null where the next import must look again.
  hash bytea,
  revision bigint not null,
  state text not null,
  identity_id uuid,
  join_kind text not null default 'primary',
  -- Revision of the identity that last confirmed the join; 0: given by us and not confirmed yet.
  join_revision bigint not null default 0,
  -- Identical corrections of the last 24 h, by attribute.
  corrections jsonb,
  -- The last answer of the system to a write of ours.
  written_at timestamptz,
  updated_at timestamptz not null default now(),
  constraint account__state check (state in ('planned', 'present', 'gone'))
) with (fillfactor = 90);
create unique index account__anchor on account (application_id, kind, anchor)
  where anchor is not null;
-- By a digest of the name: a third of the work of an index over application, kind and text. Where
-- anchor and name are one, account__anchor finds it.
create index account__name on account (hashtextextended(name_key, 0))
  where name_key is distinct from anchor;
create index account__planned on account (application_id, kind, name_key) where state = 'planned';
create index account__identity on account (identity_id, application_id)
  where identity_id is not null;

-- Members of groups as the system holds them; ours = added by us.
create table member (
  group_account uuid not null,
  member text collate "C" not null,
  number integer generated always as identity,
  application_id uuid not null,
  member_key text collate "C" not null,
  member_account uuid,
  ours boolean not null default false,
  primary key (group_account, member)
);
create index member__application on member (application_id, number);
create index member__member_account on member (member_account) where member_account is not null;
create index member__dangling on member (application_id, member_key) where member_account is null;

-- Replicas fed by vault events only, gated by revision.
create table identity_view (
  id uuid primary key,
  kind text not null,
  attributes json not null,
  classification smallint not null,
  revision bigint not null,
  state text not null,
  -- The earliest instant at which a date that outbound read matters.
  next_due_at timestamptz
);
create index identity_view__next_due_at on identity_view (next_due_at)
  where next_due_at is not null;
create table membership_view (
  group_id uuid not null,
  member_id uuid not null,
  because text[] not null,
  primary key (group_id, member_id)
);
create index membership_view__member on membership_view (member_id);

-- Identities whose accounts must be computed again: at once, or when one they wait for has one.
create table due (
  identity_id uuid primary key,
  -- The outbound wave that took it up; null again when it became due anew meanwhile.
  wave_id uuid,
  waits uuid[]
);
-- Not of those that no wave took up: these are taken in the order of the primary key.
create index due__wave on due (wave_id, identity_id) where waits is null and wave_id is not null;
create index due__waits on due using gin (waits) where waits is not null;

-- The plan and the export queue: one row per planned change of one account (docs/decisions/0005).
create table item (
  id bigint generated always as identity,
  wave_id uuid not null,
  run_id uuid not null,
  application_id uuid not null,
  account_id uuid not null,
  identity_id uuid,
  kind text not null,
  operation text not null,
  before json not null,
  after json not null,
  because json not null,
  classes text[] not null,
  hash bytea not null,
  -- Account revision that it was computed from.
  base_revision bigint,
  -- Accounts that must be there before it leaves.
  waits_for uuid[],
  -- What it has in common with others (domain/pattern).
  pattern bytea not null,
  -- Who approved it; where two have to, the first of them.
  approved_by text[] not null default '{}',
  -- Proposed: it waits for a person's approval. Simulated: it never leaves.
  state text not null,
  attempts integer not null default 0,
  next_at timestamptz,
  code text,
  reason text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint item__operation check (operation in ('create', 'update', 'delete', 'members')),
  constraint item__state check (state in
    ('proposed', 'open', 'waiting', 'done', 'failed', 'stale', 'discarded', 'simulated')),
  -- The only index that every item is in, whatever its state: an item is found by its wave.
  primary key (wave_id, id)
);
create index item__queue on item (wave_id, id) where state = 'open';
-- Neither on their way nor done: few.
create index item__aside on item (wave_id, state) where state not in ('open', 'done');
create index item__open_account on item (account_id)
  where state in ('proposed', 'open', 'waiting');
create index item__proposed on item (application_id, id) where state = 'proposed';
create index item__proposed_pattern on item (application_id, pattern, id)
  where state = 'proposed';
-- Creates that may have made something, though nobody waits for them any more: next to none.
create index item__begun_create on item (account_id) where operation = 'create' and attempts > 0
  and state in ('failed', 'stale', 'discarded');
create index item__open_create on item (identity_id, application_id)
  where operation = 'create' and state in ('proposed', 'open', 'simulated');

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
  stored boolean not null default false,
  active boolean not null default false,
  primary key (hash, chunk)
);

-- What an import changes, until it is applied: lost with a crash of the database, then read again.
create unlogged table stage (
  run_id uuid not null,
  ordinal integer not null,
  operation text not null,
  kind text not null,
  anchor text collate "C" not null,
  -- Of groups: a member as the system writes it.
  member text collate "C",
  account_id uuid,
  name text,
  name_key text collate "C",
  hash bytea,
  attributes json,
  enabled boolean,
  -- The identity whose planned account this is.
  identity_id uuid
);
create index stage__run on stage (run_id, ordinal);

-- What rows of the stage tell when they are applied, all of them accounts of which we hold nothing:
-- sealed while the source is read.
create unlogged table stage_event (
  run_id uuid not null,
  batch integer not null,
  -- Of the stage.
  first_ordinal integer not null,
  last_ordinal integer not null,
  envelope jsonb not null,
  sealed bytea not null,
  primary key (run_id, first_ordinal)
);
alter table stage_event alter column sealed set storage external;

-- What a simulation would have otherwise than it is, until it is planned: lost with a crash of the
-- database, which ends the simulation.
create unlogged table simulated (
  run_id uuid not null,
  -- An identity; the account that it is joined to; a group and its member.
  what text not null check (what in ('identity', 'join', 'member')),
  -- The identity; the account; the group.
  id uuid not null,
  -- The identity, of an account; the member, of a group.
  other uuid not null,
  kind text,
  -- Attributes, classification and state; because and whether it is wanted.
  body json not null,
  primary key (run_id, what, id, other)
);
create index simulated__other on simulated (run_id, what, other);

-- For the owner, when this database was set back: nobody has been told of a revision this high.
create function after_restore() returns void language sql
  as 'update account set revision = revision + 1000000;
    update application set revision = revision + 1000000';
`;
