import {
  insertOutbox, membershipChanged, sealEvents, splitBatches, type Actor, type MemberRestated,
  type Sealer,
} from "@joinery/events";
import type { TenantTransaction } from "@joinery/kit";

export interface ReportedMember {
  readonly group: string;
  readonly member: string;
  readonly memberAccount: string | null;
  readonly present: boolean;
}

export interface MemberSource {
  readonly applicationId: string;
  readonly runId: string;
  readonly actor: Actor;
  readonly cause: string;
}

/** A member's account in a group's. */
export interface MemberPair {
  readonly group: string;
  readonly account: string;
}

/**
 * Keeps members as a group's application reports them: three statements. Answers who was or is
 * meant, for their memberships may differ now.
 */
export async function saveMembers(
  tx: TenantTransaction,
  members: readonly ReportedMember[],
): Promise<readonly MemberPair[]> {
  const rows = JSON.stringify(members);
  const before = await tx.query<{ group: string; account: string }>(
    `select m.group_account as "group", m.member_account as account
     from jsonb_to_recordset($1::jsonb) as i("group" uuid, member text)
     join account_member m on m.group_account = i."group" and m.member = i.member
     where m.member_account is not null`,
    [rows],
  );
  await tx.execute(
    `delete from account_member m
     using jsonb_to_recordset($1::jsonb) as i("group" uuid, member text, present boolean)
     where not i.present and m.group_account = i."group" and m.member = i.member`,
    [rows],
  );
  await tx.execute(
    `insert into account_member as m (group_account, member, member_account)
     select i."group", i.member, i."memberAccount"
     from jsonb_to_recordset($1::jsonb)
       as i("group" uuid, member text, "memberAccount" uuid, present boolean)
     where i.present
     on conflict (group_account, member) do update set member_account = excluded.member_account
     where m.member_account is distinct from excluded.member_account`,
    [rows],
  );
  const now = members.flatMap(({ group, memberAccount: account, present }) =>
    present && account !== null ? [{ group, account }] : []);
  return [...before, ...now];
}

/**
 * Makes the members of an application's groups, as far as the range goes, those that are listed:
 * one statement. Answers the groups of which some came or went.
 */
export async function replaceMembers(
  tx: TenantTransaction,
  applicationId: string,
  { after, through, members }: MemberRestated,
): Promise<string[]> {
  const rows = await tx.query<{ group: string }>(
    `with listed as (
       select i."group" as group_account, i.member, i."memberAccount" as member_account
       from jsonb_to_recordset($6::jsonb) as i("group" uuid, member text, "memberAccount" uuid)
     ), parted as (
       delete from account_member m using account_view g
       where g.account_id = m.group_account and g.application_id = $1
         and ($2::uuid is null or m.group_account >= $2
           and (m.group_account, m.member collate "C") > ($2, $3 collate "C"))
         and ($4::uuid is null or m.group_account <= $4
           and (m.group_account, m.member collate "C") <= ($4, $5 collate "C"))
         and not exists (
           select from listed l where l.group_account = m.group_account and l.member = m.member)
       returning m.group_account
     ), kept as (
       insert into account_member as m (group_account, member, member_account)
       select group_account, member, member_account from listed
       on conflict (group_account, member) do update set member_account = excluded.member_account
       where m.member_account is distinct from excluded.member_account
       returning m.group_account
     )
     select distinct c.group_account as group
     from (select group_account from parted union all select group_account from kept) c`,
    [
      applicationId, after?.group ?? null, after?.member ?? null, through?.group ?? null,
      through?.member ?? null, JSON.stringify(members),
    ],
  );
  return rows.map(({ group }) => group);
}

/**
 * Makes memberships of origin `$1` what the members of groups of application `$2` say, for a query
 * of groups and members: somebody is in a group while one of their accounts is. Everybody is looked
 * up alone (`limit 1`; `is not distinct from` is no way into an index), so a group costs its size,
 * whatever the planner knows of rows that have just come. Answers what that changed.
 */
const settling = (subject: string) =>
  `${subject}, judged as materialized (
     select s.group_id, s.member_id, exists (
       select from account_view v
       join account_member m on m.member_account = v.account_id
       cross join lateral (
         select from account_view g
         where g.account_id = m.group_account and g.identity_id = s.group_id
           and g.application_id is not distinct from $2 and g.kind = 'group' limit 1) g
       where v.identity_id = s.member_id and v.state = 'present') as wanted
     from subject s
   ), left_group as (
     delete from membership s using judged j
     where not j.wanted and s.group_id = j.group_id and s.member_id = j.member_id
       and s.origin = $1
     returning s.group_id, s.member_id
   ), entered as (
     insert into membership (group_id, member_id, origin)
     select group_id, member_id, $1 from judged where wanted order by 1, 2
     on conflict do nothing
     returning group_id, member_id
   )
   select group_id as "groupId", member_id as "memberId", true as present from entered
   union all
   select group_id, member_id, false from left_group`;

/** All that groups `touched` have, as their application or the vault says. */
const wholeGroups = `subject as (
     select t.identity_id as group_id, v.identity_id as member_id
     from touched t
     join account_member m on m.group_account = t.account_id
     join account_view v on v.account_id = m.member_account
     where v.identity_id is not null
     union
     select t.identity_id, s.member_id
     from touched t join membership s on s.group_id = t.identity_id and s.origin = $1
   )`;

/**
 * Makes the memberships of an application's groups what its members say, through the joins, for the
 * groups that are named. One statement; tells what differs.
 */
export async function settleGroups(
  tx: TenantTransaction,
  sealer: Sealer,
  source: MemberSource,
  groups: readonly string[],
): Promise<number> {
  if (groups.length === 0) return 0;
  const changed = await tx.query<ChangedMembership>(
    settling(`with touched as (
       select g.account_id, g.identity_id from account_view g
       where g.account_id = any($3::uuid[]) and g.application_id = $2 and g.kind = 'group'
         and g.identity_id is not null
     ), ${wholeGroups}`),
    [originOf(source), source.applicationId, groups],
  );
  return tellChanged(tx, sealer, source, changed);
}

/** The groups that one of the accounts is a member of. */
export async function groupsOf(
  tx: TenantTransaction,
  applicationId: string,
  accounts: readonly string[],
): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select g.account_id as id from account_view g
     where g.application_id = $1 and g.kind = 'group' and exists (
       select from account_member m
       where m.group_account = g.account_id and m.member_account = any($2::uuid[]))`,
    [applicationId, accounts],
  );
  return rows.map(({ id }) => id);
}

/** The same for accounts alone, in all their groups, whatever the size of these. */
export async function settleAccounts(
  tx: TenantTransaction,
  sealer: Sealer,
  source: MemberSource,
  accounts: readonly string[],
): Promise<number> {
  const changed = await tx.query<ChangedMembership>(
    settling(`with subject as (
       select distinct g.identity_id as group_id, v.identity_id as member_id
       from unnest($3::uuid[]) as a(id)
       cross join lateral (
         select identity_id from account_view
         where account_id = a.id and identity_id is not null limit 1) v
       cross join lateral (
         select group_account from account_member where member_account = a.id offset 0) m
       cross join lateral (
         select identity_id from account_view
         where account_id = m.group_account and application_id is not distinct from $2
           and kind = 'group' and identity_id is not null limit 1) g
     )`),
    [originOf(source), source.applicationId, accounts],
  );
  return tellChanged(tx, sealer, source, changed);
}

/** The same for single members. */
export async function settlePairs(
  tx: TenantTransaction,
  sealer: Sealer,
  source: MemberSource,
  pairs: readonly MemberPair[],
): Promise<number> {
  if (pairs.length === 0) return 0;
  const changed = await tx.query<ChangedMembership>(
    settling(`with subject as (
       select distinct g.identity_id as group_id, v.identity_id as member_id
       from unnest($3::uuid[], $4::uuid[]) as p("group", account)
       join account_view g on g.account_id = p."group"
         and g.application_id is not distinct from $2
         and g.kind = 'group' and g.identity_id is not null
       join account_view v on v.account_id = p.account and v.identity_id is not null
     )`),
    [
      originOf(source), source.applicationId,
      pairs.map(({ group }) => group), pairs.map(({ account }) => account),
    ],
  );
  return tellChanged(tx, sealer, source, changed);
}

interface ChangedMembership extends Record<string, unknown> {
  readonly groupId: string;
  readonly memberId: string;
  readonly present: boolean;
}

function originOf({ applicationId }: MemberSource): string {
  return `application:${applicationId}`;
}

/** Answers how many there were. */
async function tellChanged(
  tx: TenantTransaction,
  sealer: Sealer,
  source: MemberSource,
  changed: readonly ChangedMembership[],
): Promise<number> {
  if (changed.length === 0) return 0;
  const events = splitBatches(
    changed.map(({ groupId, memberId, present }) =>
      ({ groupId, memberId, present, because: [originOf(source)] })),
    5_000,
  ).map((memberships) => ({
    event: membershipChanged,
    tenant: tx.tenant,
    actor: source.actor,
    correlation: source.runId,
    cause: source.cause,
    payload: { runId: source.runId, memberships },
  }));
  await insertOutbox(tx.client, await sealEvents(sealer, events));
  return changed.length;
}
