import { copyRows, json } from "@joinery/kit";
import type { Tx } from "../app/ports.js";
import type { NewItem, OutboundPort, PlannedCreate } from "../app/outbound-ports.js";
import { makingDue } from "./making-due.js";

const itemColumns = [
  "wave_id", "run_id", "application_id", "account_id", "identity_id", "kind", "operation",
  "before", "after", "because", "classes", "hash", "base_revision", "waits_for", "pattern", "state",
  "names",
];

type Save = Omit<OutboundPort, keyof typeof import("./outbound-load.js").outboundLoad>;

export const outboundSave: Save = {
  async noteAllDone(tx, applicationId, wished) {
    await tx.execute(
      "update application set all_due_done = greatest(all_due_done, $2) where id = $1",
      [applicationId, wished]);
  },

  saveItems: (tx, items) => saveItemsAs(tx, items, stateOf),

  async discard(tx, items, code) {
    if (items.length === 0) return;
    await tx.execute(
      `update item i set state = 'discarded', code = $3, finished_at = now()
       from unnest($1::uuid[], $2::bigint[]) as r(wave, id)
       where i.wave_id = r.wave and i.id = r.id and i.state in ('proposed', 'open', 'waiting')`,
      [items.map(({ waveId }) => waveId), items.map(({ id }) => id), code]);
  },

  async unplan(tx, accountIds) {
    if (accountIds.length === 0) return;
    // One question for each index: together they would be asked of every item there ever was.
    const unbegun = `a.id = any($1) and a.state = 'planned' and not exists (
      select from item i where i.account_id = a.id and i.operation = 'create'
        and i.state in ('proposed', 'open')
    ) and not exists (
      select from item i where i.account_id = a.id and i.operation = 'create' and i.attempts > 0
        and i.state in ('failed', 'stale', 'discarded')
    ) and not exists (
      select from application p cross join unnest(p.in_flight) as f(id)
      join wave w on w.application_id = p.id and w.process = 'export' and w.state = 'released'
      join item i on i.wave_id = w.id and i.id = f.id
      where p.id = a.application_id and i.account_id = a.id)`;
    await tx.execute(`delete from account a where a.anchor is null and ${unbegun}`, [accountIds]);
    await tx.execute(`update account a set state = 'gone' where ${unbegun}`, [accountIds]);
  },

  async waitFor(tx, waveId, waiting) {
    if (waiting.length === 0) return;
    await tx.execute(
      `insert into due (identity_id, wave_id, waits)
       select "identityId", $1, waits
       from jsonb_to_recordset($2::jsonb) as w("identityId" uuid, waits uuid[]) order by 1
       on conflict (identity_id) do update set waits = excluded.waits
         where due.wave_id = $1`, [waveId, JSON.stringify(waiting)]);
  },

  async waitForMembers(tx, waveId, waiting) {
    if (waiting.length === 0) return;
    await tx.execute(
      `insert into due_member as d (group_id, member_id, wave_id, waits)
       select distinct "groupId", "memberId", $1::uuid, true
       from jsonb_to_recordset($2::jsonb) as w("groupId" uuid, "memberId" uuid) order by 1, 2
       on conflict (group_id, member_id) do update set waits = true
         where d.wave_id = $1 and not d.waits`, [waveId, JSON.stringify(waiting)]);
  },

  async noteDates(tx, dates, isPart) {
    await tx.execute(
      `update identity_view v
       set next_due_at = case when $3 then least(v.next_due_at, d.at) else d.at end
       from unnest($1::uuid[], $2::timestamptz[]) as d(id, at)
       where v.id = d.id and v.next_due_at is distinct from d.at`,
      [dates.map(({ id }) => id), dates.map(({ at }) => at), isPart]);
  },

  async noteDeletes(tx, deletes) {
    if (deletes.length === 0) return;
    await tx.execute(
      `update account a set delete_at = d.at, delete_cancelled_at = null,
         delete_planned_at = case when d.at is null then null else clock_timestamp() end
       from unnest($1::uuid[], $2::timestamptz[]) as d(id, at) where a.id = d.id`,
      [deletes.map(({ accountId }) => accountId), deletes.map(({ at }) => at)]);
  },

  async clear(tx, waveId, exportWaves) {
    await tx.execute("delete from item where wave_id = any($1)", [exportWaves]);
    await tx.execute(
      "update due set wave_id = null, waits = null where wave_id = $1", [waveId]);
    await tx.execute(
      "update due_member set wave_id = null, waits = false where wave_id = $1", [waveId]);
  },

  async count(tx, exportWave) {
    const rows = await tx.query<{
      operation: string; classes: string[]; n: number; removed: number;
    }>(
      `select operation, classes, count(*)::int as n,
         coalesce(sum(case when 'membershipRemoval' = any(classes)
           then json_array_length(coalesce(after -> 'remove', '[]')) end), 0)::int as removed
       from item where wave_id = $1 group by 1, 2`, [exportWave]);
    const operations: Record<string, number> = {};
    const counted: Record<string, number> = {};
    for (const { operation, classes, n, removed } of rows) {
      operations[operation] = (operations[operation] ?? 0) + n;
      for (const name of classes) {
        counted[name] = (counted[name] ?? 0) + (name === "membershipRemoval" ? removed : n);
      }
    }
    return { operations, classes: counted };
  },

  async hashes(tx, exportWave, after, limit) {
    const [row] = await tx.query<{ packed: Buffer | null; last: string | null }>(
      `select string_agg(hash, ''::bytea) as packed, max(id) as last from (
         select hash, id from item where wave_id = $1 and id > $2 order by id limit $3
       ) page`, [exportWave, after, limit]);
    return { packed: row?.packed ?? Buffer.alloc(0), last: row?.last ?? null };
  },

  creates: (tx, exportWave, naming, after, limit) =>
    tx.query<PlannedCreate & Record<string, unknown>>(
      `select id as "itemId", account_id as "accountId", identity_id as "identityId", kind,
         after ->> case kind when 'user' then $4::text else $5::text end as name
       from item where wave_id = $1 and operation = 'create' and id > $2
         and state in ('open', 'waiting') order by id limit $3`,
      [exportWave, after, limit, naming.user, naming.group]),

  async savePlanned(tx, applicationId, accounts) {
    await tx.execute(
      `insert into account as a (id, application_id, kind, name, name_key, attributes, revision,
         state, identity_id)
       select "accountId", $1, kind, name, "nameKey", '{}', 0, 'planned', "identityId"
       from jsonb_to_recordset($2::jsonb) as p("accountId" uuid, kind text, name text,
         "nameKey" text, "identityId" uuid)
       order by 1
       on conflict (id) do update set name = excluded.name, name_key = excluded.name_key,
         identity_id = excluded.identity_id, join_kind = 'primary', join_revision = 0,
         state = 'planned', hash = null
       where a.state <> 'present'`, [applicationId, JSON.stringify(accounts)]);
  },

  async finishDue(tx, waveId) {
    await tx.execute("delete from due where wave_id = $1 and waits is null", [waveId]);
    await tx.execute(
      "update due set wave_id = null, whole = false where wave_id = $1", [waveId]);
    await tx.execute("delete from due_member where wave_id = $1 and not waits", [waveId]);
    await tx.execute("update due_member set wave_id = null where wave_id = $1", [waveId]);
  },

  async makeDueAgain(tx, exportWave) {
    await tx.execute(
      `with ${makingDue({
        self: `select identity_id, operation = 'members' from item
          where wave_id = $1 and identity_id is not null`,
      })} select`, [exportWave]);
  },
};

/** Keeps items, each in the state that it begins in: one `COPY`. */
export async function saveItemsAs(
  tx: Tx,
  items: readonly NewItem[],
  stateOfItem: (item: NewItem) => string,
): Promise<void> {
  await copyRows(tx, "item", itemColumns, items.map((item) => [
    item.waveId, item.runId, item.applicationId, item.accountId, item.identityId, item.kind,
    item.operation, json(item.before), json(item.after), json(item.because), item.classes,
    item.hash, item.baseRevision, item.waitsFor.length === 0 ? null : item.waitsFor,
    item.pattern, stateOfItem(item), item.names === null ? null : json(item.names),
  ]));
}

function stateOf({ isProposed, waitsFor }: NewItem): string {
  if (isProposed) return "proposed";
  return waitsFor.length === 0 ? "open" : "waiting";
}
