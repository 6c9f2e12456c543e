/**
 * What this service tells others. New tables only: no lock on anything that exists.
 * `{service}` is the role that runs the relay, `{tenants}` the group of all tenant roles, which may
 * only insert, only these columns, and only for the tenant that their own name ends with.
 */
export const outbox = `
create sequence joinery.outbox_id;

create table joinery.outbox (
  id bigint not null default nextval('joinery.outbox_id'),
  created_at timestamptz not null default now(),
  tenant text not null,
  channel text not null check (channel in ('batch', 'pulse')),
  event_id uuid not null,
  envelope jsonb not null,
  payload bytea not null check (octet_length(payload) <= 524288),
  epoch integer,
  seq bigint,
  attempt integer not null default 0,
  sent_at timestamptz,
  primary key (created_at, id)
) partition by range (created_at);

-- Sealed bytes do not compress.
alter table joinery.outbox alter column payload set storage external;
create table joinery.outbox_default partition of joinery.outbox default;

create index outbox__unnumbered on joinery.outbox (id) where seq is null;
create index outbox__unsent on joinery.outbox (channel, seq)
  where seq is not null and sent_at is null;
create index outbox__channel_epoch_seq on joinery.outbox (channel, epoch, seq)
  where seq is not null;

alter table joinery.outbox enable row level security;
create policy outbox__service on joinery.outbox to {service} using (true) with check (true);
create policy outbox__tenants on joinery.outbox for insert to {tenants}
  with check (right(current_user::text, length(tenant) + 3) = '_t_' || tenant);

-- The next number of each channel, and the highest that retention has dropped.
create table joinery.outbox_channel (
  channel text primary key,
  epoch integer not null default 1,
  next_seq bigint not null default 1,
  dropped_seq bigint not null default 0
);
insert into joinery.outbox_channel (channel) values ('batch'), ('pulse');

-- How far each consumer has stored what this service told. A row here is a registration.
create table joinery.confirmation (
  consumer text not null,
  channel text not null,
  epoch integer not null,
  confirmed_seq bigint not null,
  caught_up boolean not null,
  reported_at timestamptz not null default now(),
  primary key (consumer, channel)
);

-- Consumers that asked for everything. Kept until the next request of the same consumer.
create table joinery.snapshot_request (
  consumer text primary key,
  id uuid not null,
  requested_at timestamptz not null default now(),
  ended_at timestamptz
);

grant insert (tenant, channel, event_id, envelope, payload) on joinery.outbox to {tenants};
grant usage on sequence joinery.outbox_id to {tenants}, {service};
grant select, insert, update on joinery.outbox to {service};
grant select, update on joinery.outbox_channel to {service};
grant select, insert, update, delete on joinery.confirmation to {service};
grant select, insert, update, delete on joinery.snapshot_request to {service};
`;
