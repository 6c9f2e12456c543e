/**
 * Stores what arrived from one producer and channel and moves the confirmed prefix, under the lock
 * of its `consumer_state` row. One call a transaction, a handful of statements whatever the number
 * of messages. `p_rows` describes the messages; their payloads lie one behind the other in
 * `p_payloads`. `p_baseline` moves the prefix forward without messages: a snapshot covers them. The
 * caller wakes the lanes' workers after its commit.
 */
export const receive = `
-- Notes that a producer's snapshot is wanted, unless one is on its way. Asked for by the confirmer.
create function joinery.wish_for_snapshot(p_producer text) returns void
language sql set search_path = joinery, pg_temp as $function$
  insert into consumer_state as c (producer, channel, snapshot_id)
  values (p_producer, 'batch', gen_random_uuid())
  on conflict (producer, channel) do update
  set snapshot_id = excluded.snapshot_id, snapshot_requested_at = null,
      snapshot_end_position = null
  where c.snapshot_id is null or c.snapshot_end_position is not null
    or c.snapshot_requested_at < now() - interval '24 hours'
$function$;

create function joinery.receive(
  p_producer text, p_channel text, p_epoch integer, p_rows jsonb, p_payloads bytea,
  p_baseline bigint default 0
) returns table (epoch integer, confirmed_seq bigint, waiting bigint, woken boolean)
language plpgsql set search_path = joinery, pg_temp as $function$
#variable_conflict use_column
declare
  state consumer_state;
  base bigint;
  upto bigint;
  had_waiting boolean;
  has_woken boolean;
begin
  select * into state from consumer_state c
    where c.producer = p_producer and c.channel = p_channel for update;
  if not found then
    insert into consumer_state (producer, channel) values (p_producer, p_channel)
      on conflict do nothing;
    select * into state from consumer_state c
      where c.producer = p_producer and c.channel = p_channel for update;
  end if;
  if p_epoch < state.epoch then
    return query select state.epoch, state.confirmed_seq, 0::bigint, false;
    return;
  end if;
  if p_epoch > state.epoch then
    delete from inbox i
      where i.producer = p_producer and i.channel = p_channel and i.position is null;
    if state.epoch > 0 then
      perform wish_for_snapshot(p_producer);
    end if;
    state.epoch := p_epoch;
    state.confirmed_seq := 0;
  end if;

  base := greatest(state.confirmed_seq, p_baseline);
  had_waiting := exists (select from inbox i
    where i.producer = p_producer and i.channel = p_channel and i.position is null);
  select coalesce(max(run.seq), base) into upto from (
    select known.seq, row_number() over (order by known.seq) as nth from (
      select i.seq from inbox i
        where i.producer = p_producer and i.channel = p_channel and i.position is null
          and i.seq > base
      union
      select r.seq from jsonb_to_recordset(p_rows) as r(seq bigint) where r.seq > base
    ) known
  ) run where run.seq = base + run.nth;

  insert into inbox (producer, channel, epoch, seq, position, tenant, event_id, name, version,
                     wave_id, wave_batch, manifest, kept_for, kept_at, envelope, payload, state)
  select p_producer, p_channel, p_epoch, r.seq,
         case when r.seq <= upto and not had_waiting then nextval('inbox_position') end,
         r.tenant, r.event_id, r.name, r.version, r.wave_id, r.wave_batch, r.manifest,
         case when r.state = 'kept' then r.wave_id end,
         case when r.state = 'kept' then r.wave_batch end,
         r.envelope, substring(p_payloads from r.at + 1 for r.size), r.state
  from (
    select * from jsonb_to_recordset(p_rows) as m(
      seq bigint, tenant text, event_id uuid, name text, version integer, wave_id text,
      wave_batch integer, manifest boolean, envelope jsonb, at integer, size integer, state text)
    where m.seq > state.confirmed_seq
    order by m.seq
  ) r
  on conflict do nothing;

  if had_waiting and upto > state.confirmed_seq then
    update inbox i set position = placed.position
    from (
      select ordered.seq, nextval('inbox_position') as position from (
        select w.seq from inbox w
          where w.producer = p_producer and w.channel = p_channel and w.position is null
            and w.seq <= upto
          order by w.seq
      ) ordered
    ) placed
    where i.producer = p_producer and i.channel = p_channel and i.epoch = p_epoch
      and i.seq = placed.seq;
  end if;

  insert into lane (tenant, channel, due_at, floor)
  select i.tenant, p_channel, clock_timestamp(), min(i.position) from inbox i
    where i.producer = p_producer and i.channel = p_channel and i.epoch = p_epoch
      and i.seq > state.confirmed_seq and i.seq <= upto and i.state = 'ready'
    group by i.tenant
    order by i.tenant
  on conflict (tenant, channel) do update
  set due_at = least(lane.due_at, excluded.due_at), floor = least(lane.floor, excluded.floor);
  has_woken := found;

  with gone as (
    delete from inbox i
      where i.producer = p_producer and i.channel = p_channel and i.epoch = p_epoch
        and i.seq > state.confirmed_seq and i.seq <= upto and i.state in ('skipped', 'control')
      returning i.state, i.position, i.envelope ->> 'correlation' as request
  )
  update consumer_state c
  set epoch = p_epoch, confirmed_seq = upto,
      snapshot_end_position = coalesce(
        (select max(g.position) from gone g
          where g.state = 'control' and g.request = c.snapshot_id::text),
        c.snapshot_end_position)
  where c.producer = p_producer and c.channel = p_channel;

  return query select p_epoch, upto,
    (select count(*) from inbox i where i.producer = p_producer and i.channel = p_channel
       and i.position is null), has_woken;
end
$function$;

revoke execute on function joinery.receive, joinery.wish_for_snapshot from public;
grant execute on function joinery.receive, joinery.wish_for_snapshot to {service};
`;
