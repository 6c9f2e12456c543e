import type { Tx } from "../app/ports.js";

interface Changed {
  /** Selects `identity_id, whole`: whose accounts are computed; `whole`: with all members. */
  readonly self?: string;
  /** Selects `group_id, member_id`: a member is an identity, or an account that belongs to none. */
  readonly pair?: string;
}

/**
 * Queries of a `with` that make identities due for outbound, and groups for some of their members.
 * The row of the group is locked first: a wave that looks at it either sees what this transaction
 * wrote, or the group is looked at once more. What is due as a whole needs no pairs.
 */
export function makingDue({
  self = "select null::uuid as identity_id, false as whole where false",
  pair = "select null::uuid as group_id, null::uuid as member_id where false",
}: Changed): string {
  return `self (identity_id, whole) as (${self}),
  pair (group_id, member_id) as materialized (${pair}),
  looked as (
    insert into due (identity_id, whole)
    select id, bool_or(whole) from (
      select identity_id, whole from self union all select group_id, false from pair
    ) each (id, whole) group by id order by id
    on conflict (identity_id) do update set wave_id = null, waits = null,
      whole = due.whole or excluded.whole
    returning identity_id, whole
  ),
  noted as (
    insert into due_member (group_id, member_id)
    select distinct p.group_id, p.member_id from pair p
    join looked l on l.identity_id = p.group_id and not l.whole
    order by 1, 2
    on conflict (group_id, member_id) do update set wave_id = null, waits = false
  )`;
}

/** What a system holds: one account is a member of another. */
export interface HeldMember {
  readonly group: string;
  readonly account: string;
}

/** Groups that members came to or went from, or became known of, are due for those. */
export async function makeMembersDue(tx: Tx, members: readonly HeldMember[]): Promise<void> {
  if (members.length === 0) return;
  await tx.execute(
    `with ${makingDue({
      pair: `select g.identity_id, coalesce(a.identity_id, a.id)
        from unnest($1::uuid[], $2::uuid[]) as i("group", account)
        join account g on g.id = i."group" and g.identity_id is not null
        join account a on a.id = i.account`,
    })} select`,
    [members.map(({ group }) => group), members.map(({ account }) => account)]);
}
