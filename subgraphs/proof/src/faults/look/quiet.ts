import { setTimeout as delay } from "node:timers/promises";
import { serviceNames, type ServiceName } from "@joinery/kit";
import type { Look } from "./database.js";

/** What still moves, as sentences; nothing when everything that was told has been done. */
export async function stillMoving(look: Look): Promise<string[]> {
  const numbered = new Map<string, number>();
  const moving: string[] = [];
  const stored: Stored[] = [];
  for (const service of serviceNames) {
    for (const { channel, seq, unsent } of await look.rows<Told>(service, toldSql)) {
      numbered.set(`${service} ${channel}`, seq);
      if (unsent > 0) moving.push(`${service} has ${unsent} events to send on ${channel}`);
    }
    for (const row of await look.rows<Omit<Stored, "service">>(service, storedSql)) {
      stored.push({ service, ...row });
    }
    for (const { state, n } of await look.rows<{ state: string; n: number }>(service, inboxSql)) {
      moving.push(`${service} has ${n} messages ${state}`);
    }
    for (const { producer } of await look.rows<{ producer: string }>(service, wishesSql)) {
      moving.push(`${service} waits for a snapshot of ${producer}`);
    }
  }
  for (const { service, producer, channel, confirmed } of stored) {
    const last = numbered.get(`${producer} ${channel}`) ?? 0;
    if (confirmed < last) {
      moving.push(`${service} stored ${confirmed} of ${last} events of ${producer} on ${channel}`);
    }
  }
  for (const { kind } of await look.rows<{ kind: string }>("applications", tasksSql)) {
    moving.push(`a task of kind ${kind} is due or under way`);
  }
  for (const { n } of await look.rows<{ n: number }>("notify", mailsSql)) {
    if (n > 0) moving.push(`${n} organisations have mail to send`);
  }
  return moving;
}

/**
 * Waits until nobody is away and nothing moves, twice in a row; throws with what did after
 * `timeoutMs`.
 */
export async function untilQuiet(
  look: Look,
  away: () => readonly string[],
  timeoutMs: number,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  let quiet = 0;
  let moving: readonly string[] = [];
  while (quiet < 2) {
    try {
      moving = [...away().map((name) => `${name} is away`), ...(await stillMoving(look))];
    } catch (error) {
      moving = [`the database does not answer: ${String(error)}`];
    }
    quiet = moving.length === 0 ? quiet + 1 : 0;
    if (performance.now() > end) throw new NotQuiet(moving);
    await delay(quiet > 0 ? 50 : 150);
  }
}

/** Something still moves, or will never: both are a loss to whoever waits for it. */
export class NotQuiet extends Error {
  readonly moving: readonly string[];

  constructor(moving: readonly string[]) {
    super(`still moving: ${moving.join("; ")}`);
    this.name = "NotQuiet";
    this.moving = moving;
  }
}

interface Told {
  readonly channel: string;
  readonly seq: number;
  readonly unsent: number;
}
const toldSql = `
  select c.channel, (c.next_seq - 1)::float8 as seq,
    (select count(*)::int from joinery.outbox o where o.channel = c.channel and o.sent_at is null)
      as unsent
  from joinery.outbox_channel c`;

interface Stored {
  readonly service: ServiceName;
  readonly producer: string;
  readonly channel: string;
  readonly confirmed: number;
}
const storedSql = `
  select producer, channel, confirmed_seq::float8 as confirmed from joinery.consumer_state`;

const inboxSql = `
  select state, count(*)::int as n from joinery.inbox where state <> 'held' group by state`;

const wishesSql = `
  select producer from joinery.consumer_state
  where snapshot_id is not null and snapshot_end_position is null`;

const mailsSql = "select count(*)::int as n from joinery.notify_due";

const tasksSql = `
  select kind from joinery.application_task
  where leased_until > now() or due_at <= now() + interval '2 seconds'`;
