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

const insertAndNotify = `with inserted as (${insert}) select pg_notify('${outboxWake}', '')`;

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
  const told = tracked.get(client);
  if (told) told.any = true;
  const text = told ? insert : insertAndNotify;
  await client.query({ text, values: [JSON.stringify(rows), payloads] });
}
