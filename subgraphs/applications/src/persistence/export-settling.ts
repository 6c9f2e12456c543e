import type { ExportPort } from "../app/export-ports.js";

type Settling = Pick<
  ExportPort,
  | "saveWritten" | "saveGone" | "saveMembers" | "markDone" | "markFailed" | "markRetry"
  | "markStale" | "giveUpWaiting"
>;

/** Keeps what answers say: each function is one or two statements whatever the batch. */
export const exportSettling: Settling = {
  async saveWritten(tx, accounts) {
    if (accounts.length === 0) return;
    await tx.execute(
      `update account a set anchor = r.anchor, name = r.name, name_key = r."nameKey",
         attributes = r.attributes::jsonb, enabled = r.enabled, hash = decode(r.hash, 'hex'),
         revision = a.revision + 1, state = 'present', written_at = clock_timestamp(),
         updated_at = now()
       from jsonb_to_recordset($1::jsonb) as r(id uuid, anchor text, name text, "nameKey" text,
         attributes text, enabled boolean, hash text)
       where a.id = r.id`, [JSON.stringify(accounts)]);
  },

  async saveGone(tx, accountIds) {
    if (accountIds.length === 0) return;
    await tx.execute(
      `update account set state = 'gone', revision = revision + 1, hash = null,
         written_at = clock_timestamp(), updated_at = now()
       where id = any($1::uuid[])`, [accountIds]);
  },

  async saveMembers(tx, written) {
    const removed = written.flatMap(({ group, removed: names }) =>
      names.map((member) => ({ group, member })));
    const added = written.flatMap(({ group, applicationId, added: members }) =>
      members.map((each) => ({ group, applicationId, ...each })));
    if (removed.length > 0) {
      await tx.execute(
        `delete from member m using jsonb_to_recordset($1::jsonb) as r("group" uuid, member text)
         where m.group_account = r."group" and m.member = r.member`, [JSON.stringify(removed)]);
    }
    if (added.length > 0) {
      await tx.execute(
        `insert into member (group_account, member, application_id, member_key, member_account, ours)
         select r."group", r.member, r."applicationId", r."memberKey", r."memberAccount", true
         from jsonb_to_recordset($1::jsonb) as r("group" uuid, member text, "applicationId" uuid,
           "memberKey" text, "memberAccount" uuid)
         on conflict (group_account, member) do update set ours = true`, [JSON.stringify(added)]);
    }
  },

  async markDone(tx, itemIds) {
    if (itemIds.length === 0) return;
    await tx.execute(
      `update item set state = 'done', attempts = attempts + 1, code = null, reason = null,
         finished_at = now() where id = any($1::bigint[])`, [itemIds]);
  },

  async markFailed(tx, items) {
    if (items.length === 0) return;
    await tx.execute(
      `update item i set state = 'failed', attempts = attempts + 1, code = r.code,
         reason = r.reason, finished_at = now()
       from jsonb_to_recordset($1::jsonb) as r(id bigint, code text, reason text)
       where i.id = r.id`, [JSON.stringify(items)]);
  },

  async markRetry(tx, items) {
    if (items.length === 0) return;
    await tx.execute(
      `update item i set attempts = attempts + 1, code = r.code, reason = r.reason,
         next_at = now() + r."inMs" * interval '1 millisecond'
       from jsonb_to_recordset($1::jsonb) as r(id bigint, code text, reason text, "inMs" float8)
       where i.id = r.id`, [JSON.stringify(items)]);
  },

  async markStale(tx, items) {
    if (items.length === 0) return;
    await tx.execute(
      `with stale as (
         update item i set state = 'stale', code = r.code, reason = r.reason, finished_at = now()
         from jsonb_to_recordset($1::jsonb) as r(id bigint, code text, reason text)
         where i.id = r.id
         returning i.identity_id
       )
       insert into due as d (identity_id)
       select distinct identity_id from stale where identity_id is not null
       on conflict (identity_id) do update set wave_id = null, waits = null`,
      [JSON.stringify(items)]);
  },

  async giveUpWaiting(tx, waveId) {
    const rows = await tx.query<{ id: string }>(
      "select id from item where wave_id = $1 and state = 'waiting'", [waveId]);
    const reason = "an account that it refers to did not come to be";
    const items = rows.map(({ id }) => ({ id, code: "REFERENCE_MISSING", reason }));
    await exportSettling.markStale(tx, items);
    return items.length;
  },
};
