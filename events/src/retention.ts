import type pg from "pg";

const dayMs = 24 * 3_600_000;
/** Days made ahead, so that one missed run, or three, does no harm. */
const daysAhead = 3;
const keepMs = 2 * dayMs;
/**
 * While we wait for a lock, everyone behind us waits too; the next run tries again. An autovacuum
 * in the way gives up after `deadlock_timeout`, one second, so less would be in vain.
 */
const lockTimeoutMs = 1_500;

export interface Maintained {
  readonly created: readonly string[];
  readonly dropped: readonly string[];
  /** The day at which a lock was not to be had in time; what came after it was not tried. */
  readonly postponed: readonly string[];
}

/**
 * Makes the outbox's days ahead and drops those that are 48 h old and confirmed by every registered
 * consumer. Run hourly as the owner. Each day is one short transaction that locks the outbox; where
 * the lock is not to be had in time, that day and what comes after it wait for the next run. Rows
 * of a day that has no partition go to the default one, which is emptied by the same rule.
 */
export async function maintainPartitions(owner: pg.ClientBase, now: Date): Promise<Maintained> {
  const created: string[] = [];
  const dropped: string[] = [];
  const postponed: string[] = [];
  const attempt = async (day: string, into: string[], work: () => Promise<boolean>) => {
    if (postponed.length > 0) return;
    const outcome = await shortly(owner, work);
    if (outcome === "done") into.push(day);
    if (outcome === "postponed") postponed.push(day);
  };
  const days = await existingDays(owner);
  for (let ahead = 0; ahead <= daysAhead; ahead += 1) {
    const day = dayOf(now.getTime() + ahead * dayMs);
    if (!days.includes(day)) await attempt(day, created, () => createDay(owner, day));
  }
  for (const day of days) {
    if (startOf(day) + dayMs + keepMs > now.getTime()) continue;
    await attempt(day, dropped, () => dropDay(owner, day));
  }
  await attempt("default", dropped, () => emptyDefault(owner, new Date(now.getTime() - keepMs)));
  return { created, dropped, postponed };
}

/** Ends a registration: a consumer that is gone for good would keep every day for ever. */
export async function forgetConsumer(client: pg.ClientBase, consumer: string): Promise<void> {
  await client.query("delete from joinery.confirmation where consumer = $1", [consumer]);
  await client.query("delete from joinery.snapshot_request where consumer = $1", [consumer]);
}

async function shortly(
  owner: pg.ClientBase,
  work: () => Promise<boolean>,
): Promise<"done" | "nothing" | "postponed"> {
  await owner.query("begin");
  try {
    await owner.query(`set local lock_timeout = ${lockTimeoutMs}`);
    const done = await work();
    await owner.query("commit");
    return done ? "done" : "nothing";
  } catch (error) {
    await owner.query("rollback");
    if (isLockTimeout(error)) return "postponed";
    throw error;
  }
}

async function existingDays(owner: pg.ClientBase): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'joinery.outbox'::regclass order by 1`,
  );
  return rows
    .map(({ name }) => name)
    .filter((name) => dayPattern.test(name))
    .map(toDay);
}

/**
 * A day that already has rows in the default partition stays there: moving them would lock longer.
 */
async function createDay(owner: pg.ClientBase, day: string): Promise<boolean> {
  const from = new Date(startOf(day)).toISOString();
  const to = new Date(startOf(day) + dayMs).toISOString();
  const { rows } = await owner.query(
    "select from joinery.outbox_default where created_at >= $1 and created_at < $2 limit 1",
    [from, to],
  );
  if (rows.length > 0) return false;
  await owner.query(
    `create table joinery.${tableOf(day)} partition of joinery.outbox
     for values from ('${from}') to ('${to}')`,
  );
  return true;
}

async function dropDay(owner: pg.ClientBase, day: string): Promise<boolean> {
  const table = `joinery.${tableOf(day)}`;
  await owner.query(`lock table ${table} in access exclusive mode`);
  const { rows } = await owner.query<{ open: boolean }>(
    `select exists (select from ${table} o where ${unfinished}) as open`,
  );
  if (rows[0]?.open !== false) return false;
  await noteDropped(owner, `select channel, epoch, max(seq) as seq from ${table} group by 1, 2`);
  await owner.query(`drop table ${table}`);
  return true;
}

async function emptyDefault(owner: pg.ClientBase, before: Date): Promise<boolean> {
  const gone = `delete from joinery.outbox_default o
    where o.created_at < '${before.toISOString()}' and not (${unfinished})
    returning o.channel, o.epoch, o.seq`;
  return (
    (await noteDropped(
      owner,
      `select channel, epoch, max(seq) as seq from gone group by 1, 2`,
      `with gone as (${gone})`,
    )) > 0
  );
}

/** A row that is still to be sent, or that some registered consumer has not confirmed. */
const unfinished = `
  o.sent_at is null or exists (
    select from joinery.confirmation c
    where c.channel = o.channel and (c.epoch < o.epoch or
      (c.epoch = o.epoch and c.confirmed_seq < o.seq)))`;

async function noteDropped(owner: pg.ClientBase, highest: string, before = ""): Promise<number> {
  const { rowCount } = await owner.query(
    `${before} update joinery.outbox_channel c set dropped_seq = greatest(c.dropped_seq, h.seq)
     from (${highest}) h where h.channel = c.channel and h.epoch = c.epoch`,
  );
  return rowCount ?? 0;
}

const dayPattern = /^outbox_\d{8}$/;

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function startOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

function tableOf(day: string): string {
  return `outbox_${day.replaceAll("-", "")}`;
}

function toDay(table: string): string {
  const digits = table.slice("outbox_".length);
  return `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6, 8)}`;
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "55P03";
}
