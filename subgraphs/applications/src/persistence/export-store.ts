import type { ExportPort } from "../app/export-ports.js";
import type { QueuedItem } from "../domain/export-write.js";
import { exportSettling } from "./export-settling.js";

interface ItemRow {
  [column: string]: unknown;
  id: string;
  wave_id: string;
  run_id: string;
  account_id: string;
  identity_id: string | null;
  kind: QueuedItem["kind"];
  operation: QueuedItem["operation"];
  before: QueuedItem["before"];
  after: QueuedItem["after"];
  because: string[];
  attempts: number;
  names: QueuedItem["names"];
  anchor: string | null;
  name: string | null;
  attributes: QueuedItem["account"]["attributes"] | null;
  enabled: boolean | null;
  revision: string | null;
  state: QueuedItem["account"]["state"] | null;
  corrections: QueuedItem["account"]["corrections"];
  removed: Record<string, string[]> | null;
}

/** The queue of planned changes: what leaves, and what becomes of it. */
export const exportStore: ExportPort = {
  ...exportSettling,

  async unpause(tx, applicationId) {
    await tx.execute(
      `update application set paused_until = null, pause_code = null, pause_reason = null,
         pauses = 0 where id = $1 and pauses > 0`, [applicationId]);
  },

  async pause(tx, applicationId, { code, reason }, msOf) {
    const [row] = await tx.query<{ pauses: number }>(
      "update application set pauses = pauses + 1 where id = $1 returning pauses", [applicationId]);
    const ms = msOf(row?.pauses ?? 1);
    await tx.execute(
      `update application set paused_until = clock_timestamp() + $2 * interval '1 millisecond',
         pause_code = $3, pause_reason = $4 where id = $1`, [applicationId, ms, code, reason]);
    return ms;
  },

  async pausedMs(tx, applicationId) {
    const [row] = await tx.query<{ ms: number | null }>(
      `select (extract(epoch from paused_until - clock_timestamp()) * 1000)::float8 as ms
       from application where id = $1`, [applicationId]);
    return Math.max(0, Math.ceil(row?.ms ?? 0));
  },

  async openWaves(tx, applicationId) {
    const rows = await tx.query<{ id: string; run_id: string }>(
      `select id, run_id from wave
       where application_id = $1 and process = 'export' and state = 'released'
       order by created_at, id`, [applicationId]);
    return rows.map(({ id, run_id: runId }) => ({ id, runId }));
  },

  async take(tx, waveId, limit) {
    const rows = await tx.query<ItemRow>(
      `select i.id, i.wave_id, i.run_id, i.account_id, i.identity_id, i.kind, i.operation, i.before,
         i.after, i.because, i.attempts, i.names, a.anchor, a.name, a.attributes, a.enabled,
         a.revision, a.state, a.corrections,
         case when i.operation = 'members' then (
           select jsonb_object_agg(r.member_account, r.raws) from (
             select m.member_account, jsonb_agg(m.member) as raws from member m
             where m.group_account = i.account_id and m.member_account::text in (
               select json_array_elements_text(i.after -> 'remove'))
             group by m.member_account) r
         ) end as removed
       from item i left join account a on a.id = i.account_id
       where i.wave_id = $1 and i.state = 'open'
         and (i.next_at is null or i.next_at <= clock_timestamp())
       order by i.id limit $2`, [waveId, limit]);
    return [...firstOfEach(rows)].map(toItem);
  },

  async noteInFlight(tx, applicationId, itemIds) {
    await tx.execute(
      `update application set in_flight = $2::bigint[]
       where id = $1 and in_flight is distinct from $2::bigint[]`, [applicationId, itemIds]);
  },

  async inFlight(tx, applicationId) {
    const [row] = await tx.query<{ ids: string[] }>(
      "select in_flight::text[] as ids from application where id = $1", [applicationId]);
    return row?.ids ?? [];
  },

  async recoverInFlight(tx, applicationId) {
    await tx.execute(
      `update item i set attempts = attempts + 1
       from application a, unnest(a.in_flight) as f(id), wave w
       where a.id = $1 and w.application_id = a.id and w.process = 'export'
         and w.state = 'released' and i.wave_id = w.id and i.id = f.id and i.state = 'open'`,
      [applicationId]);
    await this.noteInFlight(tx, applicationId, []);
  },

  async names(tx, accountIds, by) {
    const column = by === "anchor" ? "anchor" : "name";
    const rows = await tx.query<{ id: string; text: string }>(
      `select id, ${column} as text from account
       where id = any($1::uuid[]) and state = 'present' and anchor is not null`, [accountIds]);
    return new Map(rows.map(({ id, text }) => [id, text]));
  },

  async holders(tx, applicationId, objects) {
    const rows = await tx.query<{ kind: string; anchor: string; id: string }>(
      `select a.kind, a.anchor, a.id
       from unnest($2::text[], $3::text[]) as o(kind, anchor)
       join account a on a.application_id = $1 and a.kind = o.kind and a.anchor = o.anchor`,
      [applicationId, objects.map(({ kind }) => kind), objects.map(({ anchor }) => anchor)]);
    return new Map(rows.map(({ kind, anchor, id }) => [`${kind} ${anchor}`, id]));
  },

  async openWaiting(tx, waveId) {
    return tx.execute(
      `update item i set state = 'open', next_at = null
       where i.wave_id = $1 and i.state = 'waiting' and not exists (
         select from unnest(i.waits_for) as w(id)
         where not exists (select from account a where a.id = w.id and a.state = 'present'))`,
      [waveId]);
  },

  async left(tx, waveId) {
    const [row] = await tx.query<{
      open: number; waiting: number; proposed: number; next: number | null;
    }>(
      `select o.open, o.next, aside.waiting, aside.proposed
       from (
         select count(*) filter (where state = 'waiting')::int as waiting,
           count(*) filter (where state = 'proposed')::int as proposed
         from item where wave_id = $1 and state not in ('open', 'done')
       ) aside, (
         select count(*)::int as open,
           (extract(epoch from min(coalesce(next_at, now())) - clock_timestamp()) * 1000
           )::float8 as next
         from item where wave_id = $1 and state = 'open'
       ) o`, [waveId]);
    const { open = 0, waiting = 0, proposed = 0, next = null } = row ?? {};
    const nextInMs = next === null ? null : Math.max(0, Math.ceil(next));
    return { open, waiting, proposed, nextInMs };
  },

  async noteFirstExport(tx, applicationId) {
    await tx.execute(
      `update application set first_export_at = now() where id = $1 and first_export_at is null`,
      [applicationId]);
  },

  async noteFirstLiveRun(tx, applicationId) {
    await tx.execute(
      `update application set first_live_run_at = now()
       where id = $1 and first_live_run_at is null`, [applicationId]);
  },
};

/** Items of one account leave one after another: each needs what the one before left behind. */
function* firstOfEach(rows: readonly ItemRow[]): Generator<ItemRow> {
  const seen = new Set<string>();
  for (const row of rows) {
    if (seen.has(row.account_id)) continue;
    seen.add(row.account_id);
    yield row;
  }
}

function toItem(row: ItemRow): QueuedItem {
  const { id, kind, operation, before, after, because, attempts, names } = row;
  return {
    id, kind, operation, before, after, because, attempts, names,
    waveId: row.wave_id,
    runId: row.run_id,
    accountId: row.account_id,
    identityId: row.identity_id,
    rawMembers: new Map(Object.entries(row.removed ?? {})),
    account: {
      anchor: row.anchor,
      name: row.name ?? "",
      attributes: row.attributes ?? {},
      enabled: row.enabled,
      // An account that is not known is gone: whatever was planned for it is void.
      state: row.state ?? "gone",
      revision: Number(row.revision ?? 0),
      corrections: row.corrections,
    },
  };
}
