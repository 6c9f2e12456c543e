import type { Migration } from "@joinery/kit";

/** Catalogue: who there is, before anyone belongs to a tenant. */
export const databaseMigrations: readonly Migration[] = [
  {
    id: "0001-catalogue",
    sql: `
-- Organisations, their keys, the people who sign in, sessions and failed attempts.
-- Creates tables only: locks nothing that exists, takes milliseconds whatever the population.

create table organisation (
  id text primary key,
  name text not null,
  slug text not null,
  state text not null,
  -- Whoever provisions the segments holds this claim; after a crash it runs out.
  claimed_until timestamptz,
  created_at timestamptz not null,
  activated_at timestamptz,
  constraint organisation__slug unique (slug),
  constraint organisation__state check (state in ('provisioning', 'active', 'destroyed'))
);
create index organisation__provisioning on organisation (created_at) where state = 'provisioning';

-- A destroyed key leaves its row, so that its number is never given again, without the key.
create table organisation_key (
  organisation_id text not null references organisation,
  purpose text not null,
  version integer not null,
  wrapped bytea,
  created_at timestamptz not null,
  destroyed_at timestamptz,
  primary key (organisation_id, purpose, version),
  constraint organisation_key__purpose
    check (purpose in ('data', 'blindIndex', 'digest', 'event')),
  constraint organisation_key__destroyed check ((wrapped is null) = (destroyed_at is not null))
);

-- One row for each person, whatever the number of organisations.
create table operator (
  id uuid primary key,
  email_key text not null,
  created_at timestamptz not null,
  constraint operator__email_key unique (email_key)
);

-- Everything that an organisation says of a person, the password included: nobody who adds a
-- person to one organisation gains or learns anything in another.
create table operator_role (
  operator_id uuid not null references operator,
  organisation_id text not null references organisation,
  email text not null,
  name text not null,
  role text not null,
  state text not null,
  password_hash text not null,
  password_set_at timestamptz not null,
  created_at timestamptz not null,
  primary key (organisation_id, operator_id),
  constraint operator_role__role check (role in ('owner', 'operator', 'auditor')),
  constraint operator_role__state check (state in ('active', 'disabled'))
);
create index operator_role__operator_id on operator_role (operator_id);
create index operator_role__name
  on operator_role (organisation_id, (name collate "C"), operator_id);

create table session (
  id uuid primary key,
  token_hash bytea not null,
  operator_id uuid not null,
  organisation_id text not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_because text,
  constraint session__token_hash unique (token_hash),
  constraint session__organisation_id__operator_id
    foreign key (organisation_id, operator_id) references operator_role,
  constraint session__ended check ((ended_at is null) = (ended_because is null))
);
create index session__live on session (organisation_id, operator_id, created_at)
  where ended_at is null;
create index session__expires_at on session (expires_at);

-- Keys are digests: an address that nobody here has is not kept readable.
create table sign_in_attempt (
  key bytea primary key,
  known boolean not null,
  failures integer not null,
  blocked_until timestamptz not null,
  last_at timestamptz not null
);
create index sign_in_attempt__last_at on sign_in_attempt (last_at);

-- One row: proves the master key, and remembers that the first owner was made.
create table installation (
  id boolean primary key default true,
  key_check bytea not null,
  first_organisation text references organisation,
  password_issued_at timestamptz,
  created_at timestamptz not null,
  constraint installation__id check (id)
);

grant select, insert, update, delete
  on organisation, organisation_key, operator, operator_role, session, sign_in_attempt, installation
  to {service};
`,
  },
  {
    id: "0002-push-client",
    sql: `
-- Clients that push into applications, by the digest of their token. Creates one table.
create table push_client (
  id uuid primary key,
  organisation_id text not null references organisation,
  application_id uuid not null,
  name text not null,
  -- The beginning of the token, to tell one from another.
  key text not null,
  token_hash bytea not null,
  created_by uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  constraint push_client__token_hash unique (token_hash)
);
create index push_client__organisation on push_client (organisation_id, id);

grant select, insert, update, delete on push_client to {service};
`,
  },
];

export const tenantMigrations: readonly Migration[] = [
  {
    id: "0001-secret",
    sql: `
-- Secrets of connections, sealed under the data key. Creates one table.
create table secret (
  id uuid primary key,
  name text not null,
  sealed bytea not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint secret__name unique (name),
  constraint secret__sealed check (octet_length(sealed) <= 131072)
);
`,
  },
  {
    id: "0002-initial-password",
    sql: `
-- First passwords of new accounts, sealed under the data key until somebody takes them. Creates one
-- table.
create table initial_password (
  account_id uuid primary key,
  sealed bytea not null,
  -- Their system took it; before that nobody may be shown it.
  set_at timestamptz,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
`,
  },
];
