/**
 * What this service was told and has not handled yet, and the lanes in which it is handled. New
 * tables only. An inbox row lives from arrival until its effect is committed; `position` is given
 * when the number before it has arrived too, in order within each producer and channel.
 */
export const inbox = `
create sequence joinery.inbox_position;

create table joinery.inbox (
  producer text not null,
  channel text not null,
  epoch integer not null,
  seq bigint not null,
  position bigint,
  tenant text not null,
  event_id uuid not null,
  name text not null,
  version integer not null,
  wave_id text,
  wave_batch integer,
  manifest boolean not null default false,
  -- The wave in which it is read, and its place there: its own until another one adopts it.
  kept_for text,
  kept_at integer,
  -- What a parked message is about, so that a newer state can replace it.
  object_key text,
  envelope jsonb not null,
  payload bytea not null,
  received_at timestamptz not null default clock_timestamp(),
  -- ready: to be handled; kept: waits for its manifest; held: a manifest that waits for a person;
  -- parked: given up for now; skipped, control: never handled, gone once in place.
  state text not null
    check (state in ('ready', 'kept', 'held', 'parked', 'skipped', 'control')),
  attempts integer not null default 0,
  -- Workers that died while they handled it, since it last made progress.
  losses integer not null default 0,
  retry_at timestamptz,
  reason text,
  primary key (producer, channel, epoch, seq)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
alter table joinery.inbox alter column payload set storage external;

create index inbox__tenant_channel_position on joinery.inbox (tenant, channel, position)
  where state = 'ready' and position is not null;
create index inbox__tenant_kept_for_kept_at on joinery.inbox (tenant, kept_for, kept_at)
  where kept_for is not null;
create index inbox__tenant_wave_id on joinery.inbox (tenant, wave_id) where manifest;
create index inbox__producer_channel_waiting on joinery.inbox (producer, channel, seq)
  where position is null;
create index inbox__tenant_object_key on joinery.inbox (tenant, object_key)
  where state = 'parked';

create table joinery.consumer_state (
  producer text not null,
  channel text not null,
  -- 0 until the first message: then any epoch is the first.
  epoch integer not null default 0,
  confirmed_seq bigint not null default 0,
  snapshot_id uuid,
  snapshot_requested_at timestamptz,
  snapshot_end_position bigint,
  primary key (producer, channel)
);

create table joinery.lane (
  tenant text not null,
  channel text not null,
  -- Counts the claims: an effect commits only under the newest.
  fence bigint not null default 0,
  leased_by text,
  leased_until timestamptz,
  -- Nothing to do while null.
  due_at timestamptz,
  -- No ready message stands below this position: where to begin to look, past dead index entries.
  floor bigint not null default 0,
  served_at timestamptz not null default now(),
  primary key (tenant, channel)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, fillfactor = 50);

grant usage, select on sequence joinery.inbox_position to {service};
grant select, insert, update, delete on joinery.inbox to {service};
grant select, insert, update, delete on joinery.consumer_state to {service};
grant select, insert, update, delete on joinery.lane to {service};
`;
