import { Buffer } from "node:buffer";
import type pg from "pg";
import type { SealedEvent } from "./sealing.js";

/** Told to whoever listens on the connection of the relay. */
export const outboxWake = "joinery_outbox";

/** The order is taken before the payloads are cut out, so that no payload is ever sorted. */
const insert = `
  with inserted as (
    insert into joinery.outbox (tenant, channel, event_id, envelope, payload)
    select e.tenant, e.channel, e.event_id, e.envelope,
           substring($2::bytea from e.at + 1 for e.size)
    from (
      select * from rows from (jsonb_to_recordset($1::jsonb) as
        (tenant text, channel text, event_id uuid, envelope jsonb, at integer, size integer)
      ) with ordinality as row(tenant, channel, event_id, envelope, at, size, nth)
      order by nth
    ) e
  )
  select pg_notify('${outboxWake}', '')`;

/**
 * Writes events beside the rows that they tell of: one statement inside the caller's transaction,
 * as a tenant role. Their order is the order in which consumers handle them. Nothing leaves before
 * the commit; after it nothing is needed: the relay is woken by the database.
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
  await client.query({ text: insert, values: [JSON.stringify(rows), payloads] });
}
