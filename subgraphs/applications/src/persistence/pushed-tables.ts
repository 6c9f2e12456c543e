/**
 * What others pushed for applications that ask nobody: the system that these are imported from.
 * Creates tables and a column with a default: takes milliseconds whatever the population.
 */
export const pushedTables = `
-- How many reports of what was pushed there were. With its default no row is written.
alter table application add column pushed_reports bigint not null default 0;

create table pushed_object (
  id uuid primary key,
  application_id uuid not null,
  kind text not null,
  -- Of the name, as it is unique among people.
  name_key text collate "C" not null,
  external_id text collate "C",
  -- As the client said it, in canonical form; empty once deleted.
  resource json not null,
  -- The same, text folded where case does not matter: what filters and sorting look at.
  search jsonb not null,
  version integer not null default 1,
  deleted boolean not null default false,
  -- Which report tells of it; null until one does (docs/decisions/0020).
  change bigint,
  created_at timestamptz(3) not null default now(),
  modified_at timestamptz(3) not null default now(),
  constraint pushed_object__kind check (kind in ('user', 'group'))
);
-- What tells objects apart comes first: they are found by it alone.
create unique index pushed_object__user_name on pushed_object (name_key, application_id)
  where kind = 'user' and not deleted;
create index pushed_object__group_name on pushed_object (name_key, application_id)
  where kind = 'group' and not deleted;
create index pushed_object__external_id on pushed_object (external_id, application_id, kind)
  where not deleted;
-- For pages in the order of ids, which say that the version is positive, as it always is.
create index pushed_object__kind_id on pushed_object (application_id, kind, id)
  where not deleted and version > 0;
create index pushed_object__change on pushed_object (application_id, change, id);
create index pushed_object__untold on pushed_object (application_id) where change is null;

-- One row each, so that one who comes or goes costs the same in a group of 10 and of 100,000.
create table pushed_member (
  group_id uuid not null,
  member_id uuid not null,
  application_id uuid not null,
  present boolean not null default true,
  change bigint,
  modified_at timestamptz(3) not null default now(),
  primary key (group_id, member_id)
);
create index pushed_member__member on pushed_member (member_id) where present;
create index pushed_member__change on pushed_member (application_id, change, group_id, member_id);
create index pushed_member__untold on pushed_member (application_id) where change is null;
`;
