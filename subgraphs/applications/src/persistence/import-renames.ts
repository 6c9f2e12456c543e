import type { ImportPort } from "../app/import-ports.js";

/**
 * A system that names members by what they are called (a DN) tells of a renamed one as of one who
 * came and one who went. Both are applied, but nobody left: the guard does not count it.
 */
export const importRenames: Pick<ImportPort, "markReplaced"> = {
  async markReplaced(tx, runId) {
    // The planner knows nothing of a stage that was just filled: each join reads it once, and
    // looks up what is held by key (`lateral … limit 1`).
    await tx.query("select set_config('enable_nestloop', 'off', true)");
    const marked = await tx.execute(
      `with gone as materialized (
         select r.ordinal, r.anchor, m.member_account from stage r
         cross join lateral (select member_account from member
           where group_account = r.account_id and member = r.member limit 1) m
         where r.run_id = $1 and r.operation = 'memberRemoved' and m.member_account is not null
       ), called as materialized (
         select gone.ordinal, gone.anchor, coalesce(s.name_key, a.name_key) as name_key
         from gone
         cross join lateral (
           select id, name_key from account where id = gone.member_account limit 1) a
         left join stage s on s.run_id = $1 and s.account_id = a.id
           and s.operation in ('new', 'changed')
       )
       update stage r set operation = 'memberReplaced' from called
       where r.run_id = $1 and r.ordinal = called.ordinal and exists (
         select from stage came where came.run_id = $1 and came.operation = 'memberAdded'
           and came.anchor = called.anchor and came.name_key = called.name_key)`,
      [runId]);
    await tx.query("select set_config('enable_nestloop', 'on', true)");
    return marked;
  },
};
