import type pg from "pg";
import type { Sql } from "../database/sql.js";
import type { InboxRow } from "./lane-store.js";

/** A message, or one object of one, that could not be handled. */
export interface Parked {
  readonly position: string;
  readonly tenant: string;
  readonly channel: string;
  readonly eventId: string;
  readonly name: string;
  /** Null when the whole message is parked. */
  readonly objectKey: string | null;
  /** Stable code of the last failure. */
  readonly reason: string;
  readonly attempts: number;
  readonly receivedAt: Date;
}

const pageSizeMax = 200;

/** Parked messages of a tenant by position, a page at a time. */
export async function listParked(
  pool: pg.Pool,
  tenant: string,
  after = "0",
  limit = pageSizeMax,
): Promise<Parked[]> {
  const { rows } = await pool.query<Parked>(
    `select position, tenant, channel, event_id as "eventId", name, object_key as "objectKey",
            reason, attempts, received_at as "receivedAt"
     from joinery.inbox where tenant = $1 and state = 'parked' and position > $2
     order by position limit $3`,
    [tenant, after, Math.min(limit, pageSizeMax)],
  );
  return rows;
}

/** Puts parked messages at the end of their lanes again. Answers how many there were. */
export async function retryParked(
  pool: pg.Pool,
  tenant: string,
  positions: readonly string[],
): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `with again as (
       update joinery.inbox
       set state = 'ready', attempts = 0, retry_at = null,
           position = nextval('joinery.inbox_position')
       where tenant = $1 and state = 'parked' and position = any($2::bigint[])
       returning channel, position
     ), woken as (
       select joinery.wake_lane($1, channel, position)
       from (select channel, min(position) as position from again group by channel) lanes
     )
     select (select count(*)::int from again) as n, (select count(*) from woken) as lanes`,
    [tenant, positions],
  );
  return rows[0]?.n ?? 0;
}

/** Gives parked messages up for good. Answers how many there were. */
export async function discardParked(
  pool: pg.Pool,
  tenant: string,
  positions: readonly string[],
): Promise<number> {
  const { rowCount } = await pool.query(
    `delete from joinery.inbox
     where tenant = $1 and state = 'parked' and position = any($2::bigint[])`,
    [tenant, positions],
  );
  return rowCount ?? 0;
}

/** An object of a message as a message of its own; its number is below zero, where no event is. */
export async function insertParked(
  sql: Sql,
  row: InboxRow,
  object: { readonly key: string; readonly code: string; readonly sealed: Uint8Array },
): Promise<void> {
  await sql.execute(
    `insert into joinery.inbox
       (producer, channel, epoch, seq, position, tenant, event_id, name, version, envelope, payload,
        state, attempts, reason, object_key)
     select i.producer, i.channel, i.epoch, -p.position, p.position, i.tenant, i.event_id, i.name,
            i.version, i.envelope, $5, 'parked', 1, $6, $7
     from joinery.inbox i, (select nextval('joinery.inbox_position') as position) p
     where i.producer = $1 and i.channel = $2 and i.epoch = $3 and i.seq = $4`,
    [row.producer, row.channel, row.epoch, row.seq, object.sealed, object.code, object.key],
  );
}

export async function deleteParked(
  sql: Sql,
  tenant: string,
  name: string,
  objects: readonly string[],
): Promise<void> {
  await sql.execute(
    `delete from joinery.inbox
     where tenant = $1 and state = 'parked' and name = $2 and object_key = any($3::text[])`,
    [tenant, name, objects],
  );
}
