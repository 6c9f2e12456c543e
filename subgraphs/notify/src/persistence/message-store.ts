import { uuidv7, type TenantTransaction } from "@joinery/kit";
import type { Message, NewMessage } from "../domain/message.js";

/** Queues messages; an occasion that was queued before is left as it is. */
export async function queueMessages(
  tx: TenantTransaction,
  messages: readonly NewMessage[],
): Promise<void> {
  if (messages.length === 0) return;
  const rows = messages.map((message) => ({ id: uuidv7(), ...message }));
  await tx.execute(
    `insert into message (id, kind, recipient, subject, text, occasion)
     select id, kind, recipient, subject, text, occasion
     from jsonb_to_recordset($1::jsonb)
       as i(id uuid, kind text, recipient text, subject text, text text, occasion text)
     on conflict (occasion) do nothing`,
    [JSON.stringify(rows)],
  );
  await tx.asService((own) =>
    own.execute(
      `insert into joinery.notify_due (tenant, due_at) values ($1, now())
       on conflict (tenant) do update set due_at = least(notify_due.due_at, excluded.due_at)`,
      [tx.tenant],
    ),
  );
}

const columns = `id, kind, recipient, subject, text, occasion, state, attempts, code,
  created_at as "createdAt", sent_at as "sentAt"`;

/**
 * Takes the next due message for `leaseMs`: until then nobody else takes it, and a worker that dies
 * leaves it to be sent again under the same Message-ID.
 */
export async function claimMessage(
  tx: TenantTransaction,
  leaseMs: number,
): Promise<Message | null> {
  const [row] = await tx.query<Message & Record<string, unknown>>(
    `update message set attempts = attempts + 1, next_at = now() + $1 * interval '1 millisecond'
     where id = (
       select id from message where state = 'queued' and next_at <= now()
       order by next_at limit 1 for update skip locked)
     returning ${columns}`,
    [leaseMs],
  );
  return row ?? null;
}

/** Keeps a claim for another `leaseMs`, while the message is still under way. */
export async function keepClaim(
  tx: TenantTransaction,
  id: string,
  leaseMs: number,
): Promise<void> {
  await tx.execute(
    `update message set next_at = now() + $2 * interval '1 millisecond'
     where id = $1 and state = 'queued'`,
    [id, leaseMs],
  );
}

export async function markSent(tx: TenantTransaction, id: string): Promise<void> {
  await tx.execute(
    "update message set state = 'sent', sent_at = now(), code = null where id = $1",
    [id],
  );
}

/** Tries again after `delayMs`, or never when it is null. */
export async function markRefused(
  tx: TenantTransaction,
  id: string,
  code: string,
  delayMs: number | null,
): Promise<void> {
  await tx.execute(
    `update message set code = $2,
     state = case when $3::float8 is null then 'failed' else 'queued' end,
       next_at = now() + coalesce($3::float8, 0) * interval '1 millisecond'
     where id = $1`,
    [id, code, delayMs],
  );
}

/**
 * Says when the organisation's next message is due; forgets the organisation when there is none.
 * Whoever queues a message meanwhile waits, and says so afterwards.
 */
export async function settleDue(tx: TenantTransaction): Promise<void> {
  const known = await tx.asService((own) =>
    own.query("select from joinery.notify_due where tenant = $1 for update", [tx.tenant]),
  );
  if (known.length === 0) return;
  const [row] = await tx.query<{ due: Date | null }>(
    "select min(next_at) as due from message where state = 'queued'",
  );
  await tx.asService((own) =>
    row?.due
      ? own.execute("update joinery.notify_due set due_at = $2 where tenant = $1", [
          tx.tenant,
          row.due,
        ])
      : own.execute("delete from joinery.notify_due where tenant = $1", [tx.tenant]),
  );
}

/** Newest first; one row more than `first` when others follow. */
export async function pageMessages(
  tx: TenantTransaction,
  first: number,
  after: readonly [string, string] | null,
): Promise<Message[]> {
  return tx.query<Message & Record<string, unknown>>(
    `select ${columns} from message
     where $2::timestamptz is null or (created_at, id) < ($2, $3::uuid)
     order by created_at desc, id desc limit $1`,
    [first + 1, after?.[0] ?? null, after?.[1] ?? null],
  );
}

