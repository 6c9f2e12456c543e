import { jsonLines } from "@joinery/kit";
import type { ExportPort } from "../app/export-ports.js";
import { makingDue } from "./making-due.js";

type Settling = Pick<
  ExportPort,
  | "saveWritten" | "saveGone" | "saveMembers" | "withdrawPlanned" | "planAgain" | "markDone"
  | "markFailed" | "markRetry" | "markStale" | "giveUpWaiting" | "discardOpen" | "discardWave"
>;

/** Keeps what answers say: each function is a few statements whatever the batch. */
export const exportSettling: Settling = {
  async discardOpen(tx, applicationId, code) {
    await tx.execute(
      `update item i set state = 'discarded', code = $2, finished_at = now()
       from wave w where w.application_id = $1 and w.process = 'export'
         and w.state in ('computing', 'held', 'released')
         and i.wave_id = w.id and i.state in ('proposed', 'open', 'waiting')`,
      [applicationId, code]);
  },

  async discardWave(tx, waveId, code) {
    await tx.execute(
      `update item set state = 'discarded', code = $2, finished_at = now()
       where wave_id = $1 and state in ('proposed', 'open', 'waiting')`, [waveId, code]);
  },

  async saveWritten(tx, accounts) {
    if (accounts.length === 0) return 0;
    return tx.execute(
      `update account a set anchor = r.anchor, name = r.name, name_key = r.name_key,
         attributes = r.attributes::json, enabled = r.enabled, hash = decode(r.hash, 'hex'),
         revision = a.revision + 1, state = 'present',
         corrections = nullif(r.corrections, 'null')::jsonb,
         written_at = clock_timestamp(), updated_at = now()
       from rows from (
         string_to_table($1, chr(10)), string_to_table($2, chr(10)),
         unnest($3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::boolean[],
           $9::text[])
       ) as r(attributes, corrections, id, revision, anchor, name, name_key, enabled, hash)
       where a.id = r.id and a.revision = r.revision`,
      [
        accounts.map(({ attributes }) => attributes).join("\n"),
        jsonLines(accounts.map(({ corrections }) => corrections)),
        accounts.map(({ id }) => id), accounts.map(({ revision }) => revision),
        accounts.map(({ anchor }) => anchor), accounts.map(({ name }) => name),
        accounts.map((account) => account.nameKey), accounts.map(({ enabled }) => enabled),
        accounts.map(({ hash }) => hash),
      ]);
  },

  async saveGone(tx, accounts) {
    if (accounts.length === 0) return 0;
    // Not all systems take who is gone out of groups.
    await tx.execute(
      `with ${makingDue({
        pair: `select g.identity_id, coalesce(a.identity_id, a.id) from unnest($1::uuid[]) as r(id)
          join account a on a.id = r.id
          join member m on m.member_account = r.id
          join account g on g.id = m.group_account where g.identity_id is not null`,
      })} select`, [accounts.map(({ id }) => id)]);
    return tx.execute(
      `update account a set state = 'gone', revision = a.revision + 1, hash = null,
         written_at = clock_timestamp(), updated_at = now()
       from jsonb_to_recordset($1::jsonb) as r(id uuid, revision bigint)
       where a.id = r.id and a.revision = r.revision`, [JSON.stringify(accounts)]);
  },

  async saveMembers(tx, waveId, written) {
    if (written.length === 0) return;
    const removed = written.flatMap(({ group, removed: names }) =>
      names.map((member) => ({ group, member })));
    const added = written.flatMap(({ group, applicationId, added: members }) =>
      members.map((each) => ({ group, applicationId, ...each })));
    await tx.execute(
      `delete from member m using jsonb_to_recordset($1::jsonb) as r("group" uuid, member text)
       where m.group_account = r."group" and m.member = r.member`, [JSON.stringify(removed)]);
    await tx.execute(
      `insert into member as m (group_account, member, application_id, member_key, member_account,
         ours)
       select distinct on (r."group", r.member) r."group", r.member, r."applicationId",
         r."memberKey", r."memberAccount", true
       from jsonb_to_recordset($1::jsonb) as r("group" uuid, member text, "applicationId" uuid,
         "memberKey" text, "memberAccount" uuid)
       on conflict (group_account, member) do update set ours = true,
         member_account = coalesce(excluded.member_account, m.member_account)`,
      [JSON.stringify(added)]);
    // Who is gone meanwhile is no member; who was not asked for any more is looked at again.
    await tx.execute(
      `with ${makingDue({
        self: `select i.identity_id, true from item i where i.wave_id = $1
          and i.id = any($2::bigint[]) and i.state <> 'open' and i.identity_id is not null`,
        pair: `select g.identity_id, coalesce(a.identity_id, a.id)
          from unnest($3::uuid[], $4::uuid[]) as r("group", account)
          join account g on g.id = r."group" and g.identity_id is not null
          join account a on a.id = r.account and a.state <> 'present'`,
      })} select`,
      [
        waveId, written.map(({ itemId }) => itemId), added.map(({ group }) => group),
        added.map(({ memberAccount }) => memberAccount),
      ]);
    // A read that began before this knows nothing of it.
    await tx.execute(
      "update account set written_at = clock_timestamp() where id = any($1::uuid[])",
      [written.map(({ group }) => group)]);
  },

  async withdrawPlanned(tx, accountIds) {
    if (accountIds.length === 0) return;
    await tx.execute(
      `delete from account where id = any($1::uuid[]) and state = 'planned' and anchor is null`,
      [accountIds]);
    await tx.execute(
      `update account set state = 'gone' where id = any($1::uuid[]) and state = 'planned'`,
      [accountIds]);
  },

  async planAgain(tx, identityIds) {
    if (identityIds.length === 0) return;
    await tx.execute(
      `insert into due as d (identity_id)
       select distinct id from unnest($1::uuid[]) as i(id) order by 1
       on conflict (identity_id) do update set wave_id = null, waits = null`, [identityIds]);
  },

  async markDone(tx, waveId, itemIds) {
    if (itemIds.length === 0) return;
    // Also one that a newer plan replaced while it was on its way: it was done.
    await tx.execute(
      `update item set state = 'done', attempts = attempts + 1, code = null, reason = null,
         finished_at = now() where wave_id = $1 and id = any($2::bigint[])`, [waveId, itemIds]);
  },

  async markFailed(tx, waveId, items) {
    if (items.length === 0) return;
    // Members that are given up are looked for with the next change of their group, as one of all.
    await tx.execute(
      `with failed as (
         update item i set state = 'failed', attempts = attempts + 1, code = r.code,
           reason = r.reason, finished_at = now()
         from jsonb_to_recordset($2::jsonb) as r(id bigint, code text, reason text)
         where i.wave_id = $1 and i.id = r.id and i.state = 'open'
         returning i.identity_id, i.operation
       )
       insert into due as d (identity_id, whole, waits)
       select distinct identity_id, true, '{}'::uuid[] from failed
       where operation = 'members' and identity_id is not null order by 1
       on conflict (identity_id) do update set whole = true, wave_id = null,
         waits = case when d.wave_id is null then d.waits end`,
      [waveId, JSON.stringify(items)]);
  },

  async markRetry(tx, waveId, items) {
    if (items.length === 0) return;
    await tx.execute(
      `update item i set attempts = attempts + 1, code = r.code, reason = r.reason,
         next_at = clock_timestamp() + r."inMs" * interval '1 millisecond'
       from jsonb_to_recordset($2::jsonb) as r(id bigint, code text, reason text, "inMs" float8)
       where i.wave_id = $1 and i.id = r.id and i.state = 'open'`,
      [waveId, JSON.stringify(items)]);
  },

  async markStale(tx, waveId, items) {
    if (items.length === 0) return;
    await tx.execute(
      `with stale as (
         update item i set state = 'stale', code = r.code, reason = r.reason, finished_at = now()
         from jsonb_to_recordset($2::jsonb) as r(id bigint, code text, reason text)
         where i.wave_id = $1 and i.id = r.id and i.state in ('open', 'waiting')
         returning i.identity_id, i.operation
       ), ${makingDue({
         self: `select identity_id, operation = 'members' from stale
           where identity_id is not null`,
       })} select`,
      [waveId, JSON.stringify(items)]);
  },

  async giveUpWaiting(tx, waveId) {
    const rows = await tx.query<{ id: string }>(
      "select id from item where wave_id = $1 and state = 'waiting'", [waveId]);
    const reason = "an account that it refers to did not come to be";
    const items = rows.map(({ id }) => ({ id, code: "REFERENCE_MISSING", reason }));
    await exportSettling.markStale(tx, waveId, items);
    return items.length;
  },
};
