import type {
  ActualMember, GroupMember, MembersDue, OpenMember, OutboundPort, WantedMember,
} from "../app/outbound-ports.js";
import type { Tx } from "../app/ports.js";

type Row<T> = T & Record<string, unknown>;

/**
 * Where groups differ from what they shall be. What agrees is left out inside the database: of a
 * large group next to nothing is left. Of some members alone it costs these, whatever the group.
 */
export const outboundMembers: Pick<
  OutboundPort, "membersDue" | "openMembers" | "unwantedMembers" | "missingMembers"
> = {
  async membersDue(tx, groupIds): Promise<MembersDue> {
    const wholes = await tx.query<{ id: string }>(
      "select identity_id as id from due where identity_id = any($1) and whole", [groupIds]);
    const members = await tx.query<Row<GroupMember>>(
      `select group_id as "groupId", member_id as "memberId" from due_member
       where group_id = any($1) and not waits`, [groupIds]);
    return { wholes: wholes.map(({ id }) => id), members };
  },

  openMembers: (tx, groupAccounts) =>
    tx.query<Row<OpenMember>>(
      `select i.account_id as "group", e.id as "memberAccount",
         a.id is not null and (a.identity_id is not null or not e.added) as "isKnown"
       from item i cross join lateral (
         select json_array_elements_text(i.after -> 'add')::uuid, true
         union all
         select json_array_elements_text(i.after -> 'remove')::uuid, false
       ) as e(id, added)
       left join account a on a.id = e.id
       where i.account_id = any($1) and i.operation = 'members'
         and i.state in ('proposed', 'open', 'waiting')`,
      [groupAccounts]),

  unwantedMembers: (tx, groupAccounts, members) =>
    members === undefined
      ? unwanted(tx, "(select group_account, member_account, ours from member)", [groupAccounts])
      : unwanted(tx, heldOf, [groupAccounts, ...columnsOf(members)]),

  missingMembers: (tx, groupIds, applicationIds, members) =>
    members === undefined
      ? missing(tx, "membership_view", [groupIds, applicationIds])
      : missing(tx, wantedOf, [groupIds, applicationIds, ...columnsOf(members)]),
};

function columnsOf(members: readonly GroupMember[]): readonly [readonly string[], string[]] {
  return [members.map(({ groupId }) => groupId), members.map(({ memberId }) => memberId)];
}

/** Each is looked up by itself (`limit 1`), for the planner knows nothing of what has just come. */
function unwanted(
  tx: Tx,
  held: string,
  values: readonly unknown[],
): Promise<readonly ActualMember[]> {
  return tx.query<Row<ActualMember>>(
    `select m.group_account as "group", m.member_account as "memberAccount", m.ours
     from ${held} m
     join account g on g.id = m.group_account and g.state = 'present'
     where m.group_account = any($1) and m.member_account is not null and not exists (
       select from account a cross join lateral (
         select because from membership_view v
         where v.group_id = g.identity_id and v.member_id = a.identity_id limit 1) v
       where a.id = m.member_account and a.join_kind = 'primary' and a.state = 'present'
         and exists (select from unnest(v.because) as b(origin)
           where b.origin <> 'application:' || g.application_id))`,
    values);
}

/**
 * Of groups' accounts `$1` and pairs `$2`, `$3`: accounts that are members (`offset 0`: not by way
 * of all that a group has).
 */
const heldOf = `(
  select distinct m.group_account, m.member_account, m.ours
  from unnest($2::uuid[], $3::uuid[]) as p(group_id, member_id)
  join account g on g.identity_id = p.group_id and g.id = any($1::uuid[])
  cross join lateral (
    select p.member_id as id
    union all
    select a.id from account a
    where a.identity_id = p.member_id and a.application_id = g.application_id
  ) a
  cross join lateral (
    select group_account, member_account, ours from member
    where member_account = a.id and group_account = g.id offset 0
  ) m)`;

function missing(
  tx: Tx,
  wanted: string,
  values: readonly unknown[],
): Promise<readonly WantedMember[]> {
  return tx.query<Row<WantedMember>>(
    `select v.group_id as "groupId", v.member_id as "memberId", v.because,
       p.id as "applicationId", coalesce(a.id, i.account_id) as "accountId",
       a.id is not null as "isPresent"
     from ${wanted} v
     cross join unnest($2::uuid[]) as p(id)
     left join account a on a.identity_id = v.member_id and a.application_id = p.id
       and a.join_kind = 'primary' and a.state = 'present'
     left join item i on i.operation = 'create' and i.state in ('proposed', 'open')
       and i.identity_id = v.member_id and i.application_id = p.id
     where v.group_id = any($1) and not exists (
       select from account g cross join lateral (
         select from member m where m.member_account = a.id and m.group_account = g.id limit 1) m
       where g.identity_id = v.group_id and g.application_id = p.id
         and g.join_kind = 'primary' and g.state = 'present')`,
    values);
}

/** Of pairs `$3`, `$4`: memberships that are wished for. */
const wantedOf = `(
  select v.* from (
    select p.group_id, p.member_id from unnest($3::uuid[], $4::uuid[]) as p(group_id, member_id)
    union
    select p.group_id, a.identity_id from unnest($3::uuid[], $4::uuid[]) as p(group_id, member_id)
    join account a on a.id = p.member_id
  ) asked
  cross join lateral (
    select * from membership_view
    where group_id = asked.group_id and member_id = asked.member_id limit 1) v)`;
