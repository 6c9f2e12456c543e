import { Buffer } from "node:buffer";
import type pg from "pg";
import type { SealedEvent } from "./sealing.js";

/** Told to whoever listens on the connection of the relay. */
export const outboxWake = "joinery_outbox";

/** The order is taken before the payloads are cut out, so that no payload is ever sorted. */
const insert = `
  insert into joinery.outbox (tenant, channel, event_id, envelope, payload)
  select e.tenant, e.channel, e.event_id, e.envelope,
         substring($2::bytea from e.at + 1 for e.size)
  from (
    select * from rows from (jsonb_to_recordset($1::jsonb) as
      (tenant text, channel text, event_id uuid, envelope jsonb, at integer, size integer)
    ) with ordinality as row(tenant, channel, event_id, envelope, at, size, nth)
    order by nth
  ) e`;

/** Whether anything was told in a transaction. */
export interface Told {
  readonly any: boolean;
}

const tracked = new WeakMap<pg.ClientBase, { any: boolean }>();

/**
 * For whoever owns transactions, as the tenant door does: from here on `insertOutbox` on
 * this client leaves the waking to the caller, who after a commit that told something calls
 * `new Notifier(pool, outboxWake).notify()`. Call it at the beginning of each transaction.
 */
export function trackTold(client: pg.ClientBase): Told {
  const told = { any: false };
  tracked.set(client, told);
  return told;
}

/**
 * Writes events beside the rows that they tell of: one statement inside the caller's transaction,
 * as a tenant role. Their order is the order in which consumers handle them. Nothing leaves before
 * the commit; after it the relay is woken by the database, or by the owner of the transaction where
 * it has asked to (`trackTold`).
 */
export async function insertOutbox(
  client: pg.ClientBase,
  events: readonly SealedEvent[],
): Promise<void> {
  if (events.length === 0) return;
  let at = 0;
  const rows = events.map(({ envelope, sealed }) => {
    const start = at;
    at += sealed.length;
    return {
      tenant: envelope.tenant,
      channel: envelope.channel,
      event_id: envelope.id,
      envelope,
      at: start,
      size: sealed.length,
    };
  });
  const payloads = Buffer.concat(events.map(({ sealed }) => sealed));
  await insertAs(client, insert, [JSON.stringify(rows), payloads]);
}

/**
 * Same, of events that were sealed before and are kept in the organisation's own tables: nothing of
 * them leaves the database. `select` answers columns `envelope` (jsonb) and `sealed` (bytea), in
 * the order in which they are to be handled.
 */
export async function insertOutboxFrom(
  client: pg.ClientBase,
  select: string,
  values: readonly unknown[],
): Promise<void> {
  const text = `
    insert into joinery.outbox (tenant, channel, event_id, envelope, payload)
    select e.envelope ->> 'tenant', e.envelope ->> 'channel', (e.envelope ->> 'id')::uuid,
           e.envelope, e.sealed
    from (${select}) e`;
  await insertAs(client, text, values);
}

async function insertAs(
  client: pg.ClientBase,
  text: string,
  values: readonly unknown[],
): Promise<void> {
  const told = tracked.get(client);
  if (told) told.any = true;
  const whole = told ? text : `with inserted as (${text}) select pg_notify('${outboxWake}', '')`;
  await client.query({ text: whole, values: [...values] });
}
