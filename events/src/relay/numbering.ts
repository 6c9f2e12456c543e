import type pg from "pg";
import { definePoints } from "../points.js";

const point = definePoints("relay.number.before", "relay.number.after");

/** Rows numbered by one statement at most. */
export const numberedMax = 1_000;

/**
 * Gives committed rows without a number the next dense numbers of their channel, in id order, and
 * answers how many. A row whose transaction commits later is numbered later: there is no cursor
 * that could pass it, and no snapshot that others could hold back.
 *
 * `client` must be the connection that holds the relay's lock. Were two to number at once, the
 * second would take numbers for rows that the first has numbered, and leave a hole.
 */
export async function numberOutbox(client: pg.ClientBase): Promise<number> {
  await point("relay.number.before");
  const { rowCount } = await client.query({
    name: "joinery-number",
    text: number,
    values: [numberedMax],
  });
  const count = rowCount ?? 0;
  if (count > 0) await point("relay.number.after");
  return count;
}

const number = `
  with picked as materialized (
    select id, created_at, channel from joinery.outbox where seq is null order by id limit $1
  ), ordered as (
    select id, created_at, channel, row_number() over (partition by channel order by id) as nth
    from picked
  ), counted as (
    select channel, count(*) as n from ordered group by channel
  ), taken as (
    update joinery.outbox_channel c set next_seq = c.next_seq + counted.n
    from counted where c.channel = counted.channel
    returning c.channel, c.epoch, c.next_seq - counted.n as first
  )
  update joinery.outbox o
  set epoch = taken.epoch, seq = taken.first + ordered.nth - 1, attempt = 1
  from ordered join taken using (channel)
  where o.created_at = ordered.created_at and o.id = ordered.id
  returning o.seq`;
