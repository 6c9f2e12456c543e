/** What lane workers do to a lane, each one statement for them. New functions only, no locks. */
export const laneFunctions = `
-- Claims the lane that waits longest. Only the newest claim's fence may commit an effect. A lane
-- that its last worker never gave back is said to be abandoned.
create function joinery.claim_lane(p_channel text, p_worker text, p_lease_ms integer)
returns table (tenant text, fence bigint, floor bigint, abandoned boolean)
language sql set search_path = joinery, pg_temp as $function$
  update lane l
  set fence = l.fence + 1, leased_by = p_worker, served_at = clock_timestamp(),
      leased_until = clock_timestamp() + p_lease_ms * interval '1 millisecond'
  from (
    select c.tenant, c.leased_by from lane c
    where c.channel = p_channel and c.due_at <= clock_timestamp()
      and (c.leased_until is null or c.leased_until < clock_timestamp())
    order by c.served_at limit 1 for update skip locked
  ) next
  where l.tenant = next.tenant and l.channel = p_channel
  returning l.tenant, l.fence, l.floor, next.leased_by is not null
$function$;

-- Gives a lane back and says when it is due again (null: nothing to do; no row: it was lost). The
-- lane is locked before the inbox is read, so a message stored meanwhile is seen or wakes it after,
-- and lowers the floor again if its position was given before.
create function joinery.release_lane(p_tenant text, p_channel text, p_fence bigint)
returns table (due_ms double precision)
language plpgsql set search_path = joinery, pg_temp as $function$
declare
  old_floor bigint;
  new_floor bigint;
  due timestamptz;
begin
  select l.floor into old_floor from lane l
    where l.tenant = p_tenant and l.channel = p_channel and l.fence = p_fence for update;
  if not found then
    return;
  end if;
  select i.position, coalesce(i.retry_at, clock_timestamp()) into new_floor, due from inbox i
    where i.tenant = p_tenant and i.channel = p_channel and i.state = 'ready'
      and i.position >= old_floor
    order by i.position limit 1;
  if not found then
    select s.last_value + 1 into new_floor from inbox_position s;
  end if;
  update lane l set leased_by = null, leased_until = null, due_at = due, floor = new_floor
    where l.tenant = p_tenant and l.channel = p_channel;
  return query select (extract(epoch from due - clock_timestamp()) * 1000)::double precision;
end
$function$;

-- Makes a lane due at once; for a message that has become ready by something else than arrival. As
-- with arrival its position may have been given before the lane was last released, below its floor.
create function joinery.wake_lane(p_tenant text, p_channel text, p_position bigint) returns void
language plpgsql set search_path = joinery, pg_temp as $function$
begin
  insert into lane (tenant, channel, due_at, floor)
  values (p_tenant, p_channel, clock_timestamp(), p_position)
  on conflict (tenant, channel) do update
  set due_at = least(lane.due_at, excluded.due_at), floor = least(lane.floor, excluded.floor);
  perform pg_notify('joinery_inbox', p_channel);
end
$function$;

revoke execute on function joinery.claim_lane, joinery.release_lane, joinery.wake_lane from public;
grant execute on function joinery.claim_lane, joinery.release_lane, joinery.wake_lane to {service};
`;
