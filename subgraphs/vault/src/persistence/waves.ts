import { createHash } from "node:crypto";
import {
  assessGuard, canonicalJson, ledgerEntries, type GuardClass, type GuardLimits,
} from "@joinery/engine";
import type { Breach, InboundChanged } from "@joinery/events";
import type { TenantTransaction } from "@joinery/kit";
import type { WavePosition } from "./inbound-reads.js";

export type WaveState =
  "staging" | "computing" | "held" | "applying" | "finished" | "set-aside" | "discarded" | "failed";

/** Where a wave stands; kept after every step, so that any worker can go on. */
export interface WaveStage {
  /** The instant that every decision of the wave takes for now. */
  readonly now: string;
  /** Holds the messages of earlier waves too, so accounts may come twice. */
  readonly adopted: boolean;
  /** Messages staged, and accounts from them and from the vault. */
  readonly messages: number;
  readonly staged: number;
  /** The account that was decided last. */
  readonly position: WavePosition | null;
  /** Batches computed and applied. */
  readonly computed: number;
  readonly applied: number;
  /** Digest over the digests of the batches computed so far, hex. */
  readonly digest: string;
  /** Events of changed identities, the identities in them, and membership rows. */
  readonly events: number;
  readonly identities: number;
  /** Set when the guard let the wave through: from then on it may be half applied. */
  readonly released: boolean;
  /** A message of the wave tells of members, who are taken in when it is applied. */
  readonly members?: boolean;
  /** Accounts went from one identity to another: their groups are settled as a whole. */
  readonly hasMoved?: boolean;
  /** It waits for people to sign it off, whatever the guard says. */
  readonly signOff?: boolean;
  /** Sum of what a person let through: what comes to the same passes the guard. */
  readonly approved?: string;
}

export interface Wave {
  readonly id: string;
  readonly runId: string;
  readonly applicationId: string;
  readonly bundle: string | null;
  readonly state: WaveState;
  readonly stage: WaveStage;
  readonly counts: Readonly<Record<string, number>>;
  readonly classes: Partial<Record<GuardClass, number>>;
  readonly breaches: readonly Breach[];
}

/** A wave before its first message. */
export function emptyStage(now: string): WaveStage {
  return {
    now, adopted: false, messages: 0, staged: 0, position: null,
    computed: 0, applied: 0, digest: "", events: 0, identities: 0,
    released: false,
  };
}

/** A wave whose working rows are gone: its messages are staged from the first one on. */
export function madeAnew(wave: Wave): Wave {
  const { now, released, approved, adopted } = wave.stage;
  // What of it was applied before cannot be told any more.
  const stage = {
    ...emptyStage(now), released, adopted, ...(approved ? { approved } : {}),
    ...(released ? { hasMoved: true } : {}),
  };
  return { ...wave, state: "staging", counts: {}, classes: {}, breaches: [], stage };
}

/** The stage of a wave that is made again to be what a person let through. */
export function approvedStage(wave: Wave): WaveStage {
  return { ...madeAnew(wave).stage, approved: approvalOf(wave) };
}

/**
 * What a person sees of a wave: its items, and what they do by class. The same change of an
 * attribute may take somebody's accounts by now where it did not then.
 */
export function approvalOf({ stage, classes }: Wave): string {
  return createHash("sha256").update(canonicalJson([stage.digest, classes])).digest("hex");
}

interface WaveColumns {
  id: string;
  run_id: string;
  application_id: string;
  bundle: string | null;
  state: WaveState;
  stage: WaveStage;
  counts: { situations: Record<string, number>; classes: Partial<Record<GuardClass, number>> };
  breaches: Breach[];
}

/** The wave's record; made at the first call. */
export async function openWave(
  tx: TenantTransaction,
  opened: Pick<Wave, "id" | "runId" | "applicationId" | "bundle"> & { now: string },
): Promise<Wave> {
  await tx.execute(
    `insert into wave (id, run_id, application_id, bundle, state, stage, counts)
     values ($1, $2, $3, $4, 'staging', $5, $6) on conflict do nothing`,
    [
      opened.id,
      opened.runId,
      opened.applicationId,
      opened.bundle,
      JSON.stringify(emptyStage(opened.now)),
      JSON.stringify({ situations: {}, classes: {} }),
    ],
  );
  const wave = await findWave(tx, opened.id);
  if (!wave) throw new Error("the wave was just made");
  return wave;
}

export async function findWave(tx: TenantTransaction, id: string): Promise<Wave | null> {
  const rows = await tx.query<WaveColumns>(
    `select id, run_id, application_id, bundle, state, stage, counts, breaches
     from wave where id = $1`,
    [id],
  );
  return rows[0] ? toWave(rows[0]) : null;
}

/** Waves that were held or given up by a person: a newer wave takes their accounts over. */
export async function unsettledWaves(
  tx: TenantTransaction,
  applicationId: string,
): Promise<Wave[]> {
  const rows = await tx.query<WaveColumns>(
    `select id, run_id, application_id, bundle, state, stage, counts, breaches from wave
     where application_id = $1 and state in ('held', 'set-aside') order by created_at`,
    [applicationId],
  );
  return rows.map(toWave);
}

export type WavePlace = readonly [updatedAt: string, id: string];

export interface ToldWave {
  readonly wave: Wave;
  /** What ended a wave that did not finish. */
  readonly why: { readonly code: string; readonly reason: string } | null;
  readonly place: WavePlace;
}

/**
 * Waves of which others were told how they ended or why they wait, the oldest first, after a place.
 * They stay as they are until the transaction ends.
 */
export async function wavesToldSince(
  tx: TenantTransaction,
  since: Date,
  after: WavePlace | null,
  limit: number,
): Promise<ToldWave[]> {
  type Told = WaveColumns & { code: string | null; reason: string | null; at: string };
  const rows = await tx.query<Told>(
    `select id, run_id, application_id, bundle, state, stage, counts, breaches, code, reason,
       updated_at::text as at
     from wave
     where updated_at >= $1 and state not in ('staging', 'computing', 'applying')
       and ($2::timestamptz is null or (updated_at, id) > ($2::timestamptz, $3::uuid))
     order by updated_at, id limit $4 for share`,
    [since, after?.[0] ?? null, after?.[1] ?? null, limit],
  );
  return rows.map((row) => {
    const { code, reason } = row;
    const why = code === null ? null : { code, reason: reason ?? code };
    return { wave: toWave(row), why, place: [row.at, row.id] as const };
  });
}

export async function saveWave(tx: TenantTransaction, wave: Wave): Promise<void> {
  await tx.execute(
    `update wave set state = $2, stage = $3, counts = $4, breaches = $5, updated_at = now()
     where id = $1`,
    [
      wave.id, wave.state, JSON.stringify(wave.stage),
      JSON.stringify({ situations: wave.counts, classes: wave.classes }),
      JSON.stringify(wave.breaches),
    ],
  );
}

export async function endWave(
  tx: TenantTransaction,
  id: string,
  state: "finished" | "set-aside" | "discarded" | "failed",
  root: Buffer | null,
  why: { code: string; reason: string } | null = null,
): Promise<void> {
  await tx.execute(
    `update wave set state = $2, root = $3, code = $4, reason = $5, updated_at = now()
     where id = $1`,
    [id, state, root, why?.code ?? null, why?.reason ?? null],
  );
}

/** Takes the record of a wave away that nothing is to be known of any more. */
export async function forgetWave(tx: TenantTransaction, id: string): Promise<void> {
  await tx.execute("delete from wave where id = $1", [id]);
}

/**
 * The guard: what the sealed wave would do and what the last 24 hours did, against the limits.
 * Locks the application's ledger until the transaction ends, so two waves cannot both pass under
 * one limit: one that passes is entered in it. Of the hour in which the 24 hours began all counts.
 */
export async function guardWave(
  tx: TenantTransaction,
  wave: Wave,
  { population, limits }: { population: number; limits?: GuardLimits },
): Promise<readonly Breach[]> {
  await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
    `guard ${tx.tenant} ${wave.applicationId}`,
  ]);
  const rows = await tx.query<{ class: GuardClass; n: number }>(
    `select class, sum(n)::int as n from guard_ledger
     where application_id = $1 and hour >= date_trunc('hour', now() - interval '24 hours')
     group by class`,
    [wave.applicationId],
  );
  const firstLiveRunDone = await hasFinished(tx, wave.applicationId);
  const verdict = assessGuard({
    population,
    counts: wave.classes,
    ledger24h: Object.fromEntries(rows.map((row) => [row.class, row.n])),
    firstLiveRunDone,
    ...(limits === undefined ? {} : { limits }),
  });
  if (verdict.verdict !== "held") return [];
  return verdict.breaches.map((breach) => ({ ...breach, applicationId: wave.applicationId }));
}

/** Enters what a wave does; one that a person let through too. */
export async function enterLedger(tx: TenantTransaction, wave: Wave): Promise<void> {
  const entries = ledgerEntries(wave.classes, await hasFinished(tx, wave.applicationId));
  const classes = Object.keys(entries);
  if (classes.length === 0) return;
  await tx.execute(
    `insert into guard_ledger as l (application_id, class, hour, n)
     select $1, c, date_trunc('hour', now()), n from unnest($2::text[], $3::int[]) as u(c, n)
     on conflict (application_id, class, hour) do update set n = l.n + excluded.n`,
    [wave.applicationId, classes, Object.values(entries)],
  );
}

/**
 * Accounts whose newest state the wave did not take in, by code with the first twenty of each in
 * the order of their anchors. One statement over its working rows.
 */
export function failuresOf(
  tx: TenantTransaction,
  waveId: string,
): Promise<NonNullable<InboundChanged["failures"]>> {
  return tx.query(
    `select code, max(nth)::int as count,
       jsonb_agg(jsonb_build_object('applicationId', application_id, 'anchor', anchor,
         'mapper', mapper) order by nth) filter (where nth <= 20) as samples
     from (
       select failure ->> 'code' as code, failure ->> 'mapper' as mapper, application_id, anchor,
         row_number() over (partition by failure ->> 'code' order by anchor, account_id) as nth
       from wave_decision where wave_id = $1 and failure is not null
     ) failed
     group by code order by code limit 100`,
    [waveId],
  );
}

/** Whether the application has a completed wave that joined somebody: it is onboarded. */
async function hasFinished(tx: TenantTransaction, applicationId: string): Promise<boolean> {
  const [row] = await tx.query<{ found: boolean }>(
    `select exists (select from wave where application_id = $1 and state = 'finished'
       and (counts #>> '{situations,joined}')::int > 0) as found`,
    [applicationId],
  );
  return row?.found ?? false;
}

function toWave(row: WaveColumns): Wave {
  return {
    id: row.id,
    runId: row.run_id,
    applicationId: row.application_id,
    bundle: row.bundle,
    state: row.state,
    stage: row.stage,
    counts: row.counts.situations,
    classes: row.counts.classes,
    breaches: row.breaches,
  };
}
