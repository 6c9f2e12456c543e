import type { ExportPort } from "../app/export-ports.js";

type Settling = Pick<
  ExportPort,
  | "saveWritten" | "saveGone" | "saveMembers" | "withdrawPlanned" | "markDone" | "markFailed"
  | "markRetry" | "markStale" | "giveUpWaiting" | "discardOpen" | "discardWave"
>;

/** Keeps what answers say: each function is a few statements whatever the batch. */
export const exportSettling: Settling = {
  async discardOpen(tx, applicationId, code) {
    await tx.execute(
      `update item set state = 'discarded', code = $2, finished_at = now()
       where application_id = $1 and state in ('open', 'waiting')`, [applicationId, code]);
  },

  async discardWave(tx, waveId, code) {
    await tx.execute(
      `update item set state = 'discarded', code = $2, finished_at = now()
       where wave_id = $1 and state in ('open', 'waiting')`, [waveId, code]);
  },

  async saveWritten(tx, accounts) {
    if (accounts.length === 0) return 0;
    return tx.execute(
      `update account a set anchor = r.anchor, name = r.name, name_key = r."nameKey",
         attributes = r.attributes::jsonb, enabled = r.enabled, hash = decode(r.hash, 'hex'),
         revision = a.revision + 1, state = 'present', corrections = r.corrections,
         written_at = clock_timestamp(), updated_at = now()
       from jsonb_to_recordset($1::jsonb) as r(id uuid, revision bigint, anchor text, name text,
         "nameKey" text, attributes text, enabled boolean, hash text, corrections jsonb)
       where a.id = r.id and a.revision = r.revision`, [JSON.stringify(accounts)]);
  },

  async saveGone(tx, accounts) {
    if (accounts.length === 0) return 0;
    return tx.execute(
      `update account a set state = 'gone', revision = a.revision + 1, hash = null,
         written_at = clock_timestamp(), updated_at = now()
       from jsonb_to_recordset($1::jsonb) as r(id uuid, revision bigint)
       where a.id = r.id and a.revision = r.revision`, [JSON.stringify(accounts)]);
  },

  async saveMembers(tx, written) {
    if (written.length === 0) return;
    const removed = written.flatMap(({ group, removed: names }) =>
      names.map((member) => ({ group, member })));
    const added = written.flatMap(({ group, applicationId, added: members }) =>
      members.map((each) => ({ group, applicationId, ...each })));
    await tx.execute(
      `delete from member m using jsonb_to_recordset($1::jsonb) as r("group" uuid, member text)
       where m.group_account = r."group" and m.member = r.member`, [JSON.stringify(removed)]);
    await tx.execute(
      `insert into member (group_account, member, application_id, member_key, member_account, ours)
       select distinct on (r."group", r.member) r."group", r.member, r."applicationId",
         r."memberKey", r."memberAccount", true
       from jsonb_to_recordset($1::jsonb) as r("group" uuid, member text, "applicationId" uuid,
         "memberKey" text, "memberAccount" uuid)
       on conflict (group_account, member) do update set ours = true`, [JSON.stringify(added)]);
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

  async markDone(tx, itemIds) {
    if (itemIds.length === 0) return;
    // Also one that a newer plan replaced while it was on its way: it was done.
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
       where i.id = r.id and i.state = 'open'`, [JSON.stringify(items)]);
  },

  async markRetry(tx, items) {
    if (items.length === 0) return;
    await tx.execute(
      `update item i set attempts = attempts + 1, code = r.code, reason = r.reason,
         next_at = clock_timestamp() + r."inMs" * interval '1 millisecond'
       from jsonb_to_recordset($1::jsonb) as r(id bigint, code text, reason text, "inMs" float8)
       where i.id = r.id and i.state = 'open'`, [JSON.stringify(items)]);
  },

  async markStale(tx, items) {
    if (items.length === 0) return;
    await tx.execute(
      `with stale as (
         update item i set state = 'stale', code = r.code, reason = r.reason, finished_at = now()
         from jsonb_to_recordset($1::jsonb) as r(id bigint, code text, reason text)
         where i.id = r.id and i.state in ('open', 'waiting')
         returning i.identity_id
       )
       insert into due as d (identity_id)
       select distinct identity_id from stale where identity_id is not null order by 1
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
