import type { RestatedAccount } from "@joinery/events";
import { countBuckets } from "@joinery/kit";
import type { AccountPort } from "../app/account-ports.js";

export const accountStore: AccountPort = {
  async population(tx, applicationId) {
    const [row] = await tx.query<{ present: number; joined: number }>(
      `select count(*)::int as present, count(identity_id)::int as joined
       from account where application_id = $1 and state = 'present'`, [applicationId]);
    return row ?? { present: 0, joined: 0 };
  },

  async heldAfter(tx, applicationId, after, limit) {
    const rows = await tx.query<Record<string, unknown> & { held: RestatedAccount }>(
      `select jsonb_strip_nulls(jsonb_build_object('id', id, 'kind', kind, 'anchor', anchor,
         'name', name, 'enabled', enabled, 'revision', revision,
         'state', case state when 'present' then 'present' else 'gone' end,
         'identityId', identity_id))
         || jsonb_build_object('attributes',
           case when state = 'present' then attributes else '{}' end) as held
       from account
       where application_id = $1 and anchor is not null and ($2::uuid is null or id > $2)
       order by id limit $3`, [applicationId, after, limit]);
    return rows.map(({ held }) => held);
  },

  async isCountDue(tx, applicationId, since) {
    const due = await tx.query(
      `select from application where id = $1 and (counted_at is null or counted_at <= $2)`,
      [applicationId, since]);
    return due.length > 0;
  },

  async lock(tx) {
    await tx.execute("set local lock_timeout = '2s'");
    await tx.execute("lock table account in share mode");
  },

  async countDue(tx, applicationId, since, now) {
    const isDue = await tx.execute(
      `update application set counted_at = $3
       where id = $1 and (counted_at is null or counted_at <= $2)`, [applicationId, since, now]);
    if (isDue === 0) return null;
    return countBuckets(tx,
      `select id, revision::text from account
       where application_id = $1 and anchor is not null`, [applicationId]);
  },

  membersAfter: (tx, applicationId, after, limit) => tx.query(
    `select group_account as "group", member, member_account as "memberAccount"
     from member
     where application_id = $1 and not ours
       and ($2::uuid is null or (group_account, member) > ($2, $3 collate "C"))
     order by group_account, member limit $4`,
    [applicationId, after?.group ?? null, after?.member ?? null, limit]),

  async revisions(tx, ids) {
    const rows = await tx.query<{ id: string; revision: string }>(
      "select id, revision from account where id = any($1)", [ids]);
    return new Map(rows.map(({ id, revision }) => [id, Number(revision)]));
  },
};
