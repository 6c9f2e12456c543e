import type { Migration } from "@joinery/kit";

/** Nothing in this database belongs to no tenant but what kit and events keep there. */
export const databaseMigrations: readonly Migration[] = [];

export const tenantMigrations: readonly Migration[] = [
  {
    id: "0001-audit",
    sql: `
-- What happened to whom, why. What is kept to be read as a whole is json (docs/decisions/0015).
-- Creates tables only: locks nothing that exists, takes milliseconds.

create table position (
  -- One row: the position of the last entry.
  one boolean primary key default true check (one),
  last bigint not null
);
insert into position (last) values (0);

create table entry (
  position bigint primary key,
  at timestamptz not null,
  object_kind text not null,
  object_id text not null,
  identity_id uuid,
  application_id uuid,
  run_id uuid,
  operation text not null,
  before json,
  after json,
  because json not null,
  actor json not null,
  event_id uuid not null,
  trace text
);
-- By a digest of the id, which is any text: half the size of an index over text.
create index entry__object on entry (hashtextextended(object_id, 0), position);
-- An identity's own entries are found by object.
create index entry__identity on entry (identity_id, position)
  where identity_id is not null and object_kind <> 'identity';
create index entry__run on entry (run_id, position) where run_id is not null;
create index entry__at on entry using brin (at);
`,
  },
];
