/**
 * Connections that several applications share (docs/decisions/0023), and whether an application is
 * read and written to. A small table, and columns with constant defaults on another one: takes
 * milliseconds whatever the population. Releases before know nothing of it and need nothing.
 */
export const connectionTable = `
create table connection (
  id uuid primary key,
  key text not null,
  name text not null,
  connector text not null,
  -- Settings that its applications have in common.
  configuration jsonb not null,
  revision bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint connection__key unique (key)
);

alter table application add column connection_id uuid references connection,
  add column imports boolean not null default true,
  add column provisions boolean not null default true,
  -- Whatever is written to is read first.
  add constraint application__provisions check (imports or not provisions);
create index application__connection on application (connection_id)
  where connection_id is not null;
`;
