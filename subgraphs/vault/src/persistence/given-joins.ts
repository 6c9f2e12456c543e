import { jsonLines, type TenantTransaction } from "@joinery/kit";
import type { StagedAccount } from "../domain/accounts.js";

/**
 * Takes accounts of an application that contributes nothing, as an export left them, with their
 * given joins: one statement. An identity that has another present account of the application is
 * not joined twice: the account becomes disputed. Those are found by identity: `is not distinct
 * from` keeps the planner from reading all of an application that it takes to be empty.
 */
export async function takeGivenAccounts(
  tx: TenantTransaction,
  applicationId: string,
  accounts: readonly StagedAccount[],
): Promise<number> {
  return tx.execute(
    `insert into account_view as v
       (account_id, application_id, kind, anchor, name, attributes, enabled, revision, state,
        situation, identity_id, join_rule, candidates)
     select i.account_id, $1, i.kind, i.anchor, i.name, i.attributes::json, i.enabled,
       i.revision, i.state,
            case when i.given is null then 'unmatched' when o.taken then 'disputed'
              else 'joined' end,
            case when o.taken then null else i.given end,
            case when i.given is null or o.taken then null else 'given' end,
            case when o.taken then array[i.given] end
     from rows from (
       string_to_table($2, chr(10)),
       unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::bigint[],
         $9::text[], $10::uuid[])
     ) as i(attributes, account_id, kind, anchor, name, enabled, revision, state, given)
     cross join lateral (
       select exists (
         select from account_view t
         where t.identity_id = i.given and t.application_id is not distinct from $1
           and t.join_kind = 'primary' and t.state = 'present' and t.account_id <> i.account_id
       ) as taken offset 0
     ) o
     on conflict (account_id) do update set
       anchor = excluded.anchor, name = excluded.name, attributes = excluded.attributes,
       enabled = excluded.enabled, revision = excluded.revision, state = excluded.state,
       identity_id = coalesce(v.identity_id, excluded.identity_id),
       situation = case when v.identity_id is null then excluded.situation else v.situation end,
       join_rule = coalesce(v.join_rule, excluded.join_rule)
     where v.revision < excluded.revision`,
    [
      applicationId,
      jsonLines(accounts.map(({ attributes }) => attributes)),
      accounts.map(({ accountId }) => accountId), accounts.map(({ kind }) => kind),
      accounts.map(({ anchor }) => anchor), accounts.map(({ name }) => name),
      accounts.map(({ enabled }) => enabled), accounts.map(({ revision }) => revision),
      accounts.map(({ state }) => state), accounts.map(({ given }) => given),
    ],
  );
}
