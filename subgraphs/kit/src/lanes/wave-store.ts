import type { Envelope } from "@joinery/events";
import type pg from "pg";
import type { Sql } from "../database/sql.js";

/** Kept messages of waves, in schema `joinery`, always of one tenant. */

export interface KeptRow {
  readonly kept_at: number;
  readonly envelope: Envelope;
  readonly payload: Buffer;
}

const pageCountMax = 8;
const pageBytesMax = 2 * 1024 * 1024;

/**
 * The next page from place `from` on; empty at the end. Two statements would not be needed fewer.
 */
export async function readKept(
  pool: pg.Pool,
  tenant: string,
  waveId: string,
  from: number,
): Promise<KeptRow[]> {
  const { rows } = await pool.query<KeptRow>({
    name: "joinery-kept",
    text: `
      select kept_at, envelope, payload from (
        select *,
               sum(octet_length(payload)) over (order by kept_at) - octet_length(payload) as before
        from (
          select kept_at, envelope, payload from joinery.inbox
          where tenant = $1 and kept_for = $2 and kept_at >= $3 and position is not null
          order by kept_at limit $4
        ) first
      ) measured where before < $5 order by kept_at`,
    values: [tenant, waveId, from, pageCountMax, pageBytesMax],
  });
  return rows;
}

/** Messages that are read as this wave's, adopted ones too. */
export async function countKept(pool: pg.Pool, tenant: string, waveId: string): Promise<number> {
  return count(pool, "kept_for = $2", tenant, waveId);
}

/** Messages that came as this wave's, whoever reads them now. */
export async function countOwn(pool: pg.Pool, tenant: string, waveId: string): Promise<number> {
  return count(pool, "kept_for = $2 and wave_id = $2", tenant, waveId);
}

async function count(
  pool: pg.Pool,
  which: "kept_for = $2" | "kept_for = $2 and wave_id = $2",
  tenant: string,
  waveId: string,
): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `select count(*)::int as n from joinery.inbox
     where tenant = $1 and ${which} and position is not null`,
    [tenant, waveId],
  );
  return rows[0]?.n ?? 0;
}

export async function deleteWave(sql: Sql, tenant: string, waveId: string): Promise<void> {
  await sql.execute("delete from joinery.inbox where tenant = $1 and kept_for = $2", [
    tenant,
    waveId,
  ]);
  await deleteManifest(sql, tenant, waveId);
}

export async function adoptKept(
  sql: Sql,
  tenant: string,
  from: string,
  into: string,
): Promise<void> {
  await sql.execute(
    `update joinery.inbox i set kept_for = $3, kept_at = last.kept_at + ordered.nth
     from (
       select producer, channel, epoch, seq, row_number() over (order by kept_at) as nth
       from joinery.inbox where tenant = $1 and kept_for = $2
     ) ordered, (
       select coalesce(max(kept_at), -1) as kept_at from joinery.inbox
       where tenant = $1 and kept_for = $3
     ) last
     where i.producer = ordered.producer and i.channel = ordered.channel
       and i.epoch = ordered.epoch and i.seq = ordered.seq`,
    [tenant, from, into],
  );
  await deleteManifest(sql, tenant, from);
}

/** The manifest goes to the end of the lane, where the next slice finds it. */
export async function reactivateWave(sql: Sql, tenant: string, waveId: string): Promise<void> {
  const woken = await sql.query<{ channel: string; position: string }>(
    `update joinery.inbox
     set state = 'ready', attempts = 0, retry_at = null, reason = null,
         position = nextval('joinery.inbox_position')
     where tenant = $1 and wave_id = $2 and manifest and state in ('held', 'parked')
     returning channel, position`,
    [tenant, waveId],
  );
  for (const { channel, position } of woken)
    await sql.query("select joinery.wake_lane($1, $2, $3)", [tenant, channel, position]);
}

async function deleteManifest(sql: Sql, tenant: string, waveId: string): Promise<void> {
  await sql.execute("delete from joinery.inbox where tenant = $1 and wave_id = $2 and manifest", [
    tenant,
    waveId,
  ]);
}
