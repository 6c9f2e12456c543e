import type { Link, OutboundPort, TargetAccount } from "../app/outbound-ports.js";
import { outboundLoad } from "./outbound-load.js";
import { outboundSave, saveItemsAs } from "./outbound-save.js";

/** Nothing of what there is changes in a simulation. */
const nothing = () => Promise.resolve();

/**
 * Accounts with whoever they would belong to: `$1` is the simulation, `identities` the place of
 * those that are asked for.
 */
const accountsOf = (identities: string) => `
  select a.id, s.other as identity_id
  from simulated s join account a on a.id = s.id
  where s.run_id = $1 and s.what = 'join' and s.other = any(${identities}::uuid[])
  union all
  select a.id, a.identity_id from account a
  where a.identity_id = any(${identities}::uuid[]) and a.join_kind = 'primary' and not exists (
    select from simulated s where s.run_id = $1 and s.what = 'join' and s.id = a.id)`;

/** Memberships that would be wanted, of groups at a place. */
const wantedIn = (groups: string) => `
  select v.group_id, v.member_id, v.because from membership_view v
  where v.group_id = any(${groups}::uuid[]) and not exists (
    select from simulated s where s.run_id = $1 and s.what = 'member' and s.id = v.group_id
      and s.other = v.member_id and (s.body ->> 'present')::boolean is false
      and v.because <@ array(select json_array_elements_text(s.body -> 'because')))
  union
  select s.id, s.other, array(select json_array_elements_text(s.body -> 'because'))
  from simulated s
  where s.run_id = $1 and s.what = 'member' and s.id = any(${groups}::uuid[])
    and (s.body ->> 'present')::boolean`;

/** Of a kind at `$2`: whoever would be another, groups that would have other members with them. */
const otherwise = `
  select id from simulated where run_id = $1 and what = 'identity' and kind = $2
  union
  select id from simulated where run_id = $1 and what = 'member' and $2::text = 'group'`;

const targetColumns = `a.id, a.application_id as "applicationId", o.identity_id as "identityId",
  a.state, a.anchor, a.name, a.attributes, a.enabled, a.revision, a.corrections`;

/**
 * Outbound of a simulation: what would be over what is, read in as few statements as outbound
 * itself takes, and items that never leave.
 */
export function simulatedOutbound(runId: string, sandbox: readonly string[]): OutboundPort {
  return {
    ...outboundLoad,
    ...outboundSave,
    ...peopleReads(runId),
    ...accountReads(runId),
    ...memberReads(runId),
    allDue: async () => new Map(sandbox.map((id) => [id, { wished: 0 }])),
    hasDue: async () => true,
    openItems: async () => [],
    saveItems: (tx, items) => saveItemsAs(tx, items, () => "simulated"),
    async clear(tx, _waveId, exportWaves) {
      await tx.execute("delete from item where wave_id = any($1)", [exportWaves]);
    },
    noteAllDone: nothing, takeDates: nothing, stampAll: nothing, discard: nothing, unplan: nothing,
    waitFor: nothing, waitForMembers: nothing, noteDates: nothing, savePlanned: nothing,
    finishDue: nothing, makeDueAgain: nothing,
  };
}

type PeopleReads = Pick<OutboundPort, "takeDue" | "page" | "identities">;

/** Who is to be planned for, and what they would be. */
function peopleReads(runId: string): PeopleReads {
  return {
    async takeDue(tx, _waveId, kind, after, limit) {
      const rows = await tx.query<{ id: string }>(
        `select id from (${otherwise}) o where id > $3 order by id limit $4`,
        [runId, kind, after, limit]);
      return rows.map(({ id }) => id);
    },

    async page(tx, kind, after, limit, exceptWave) {
      const rows = await tx.query<{ id: string }>(
        `with otherwise as (${otherwise})
         select id from (
           (select v.id from identity_view v where v.kind = $2 and v.id > $3
              and not exists (select from otherwise o where o.id = v.id)
            order by v.id limit $4)
           union all
           (select id from otherwise where id > $3 and $5::uuid is null order by id limit $4)
         ) both_of order by id limit $4`, [runId, kind, after, limit, exceptWave]);
      return rows.map(({ id }) => id);
    },

    async identities(tx, ids) {
      const rows = await tx.query<{
        id: string; kind: "user" | "group"; attributes: TargetAccount["attributes"];
        classification: number; state: string;
      }>(
        `select id, kind, body -> 'attributes' as attributes,
           (body ->> 'classification')::int as classification, body ->> 'state' as state
         from simulated where run_id = $1 and what = 'identity' and id = any($2::uuid[])
         union all
         select id, kind, attributes, classification, state from identity_view v
         where id = any($2::uuid[]) and not exists (
           select from simulated s where s.run_id = $1 and s.what = 'identity' and s.id = v.id)
         order by id`, [runId, ids]);
      return rows.map(({ state, ...row }) => ({ ...row, isGone: state === "gone", isDue: true }));
    },

  };
}

/** The accounts that they would have, and those that references to them would lead to. */
function accountReads(runId: string): Pick<OutboundPort, "accounts" | "links"> {
  return {
    async accounts(tx, identityIds, applicationIds) {
      const rows = await tx.query<Omit<TargetAccount, "revision"> & { revision: string }>(
        `with o as (${accountsOf("$2")})
         select ${targetColumns} from o join account a on a.id = o.id
         where a.application_id = any($3::uuid[])
         order by o.identity_id, a.application_id, a.state = 'gone', a.number`,
        [runId, identityIds, applicationIds]);
      return rows.map((row) => ({ ...row, revision: Number(row.revision) }));
    },

    async links(tx, refs, applicationIds) {
      const owners = await tx.query<{ ref: string; identityId: string }>(
        `select a.id as ref, coalesce(s.other, a.identity_id) as "identityId" from account a
         left join simulated s on s.run_id = $1 and s.what = 'join' and s.id = a.id
         where a.id = any($2::uuid[]) and coalesce(s.other, a.identity_id) is not null`,
        [runId, refs]);
      const theirs = await this.accounts(
        tx, [...new Set(owners.map(({ identityId }) => identityId))], applicationIds);
      const byOwner = Map.groupBy(theirs, ({ identityId }) => identityId);
      return owners.flatMap(({ ref, identityId }): Link[] => {
        const accounts = byOwner.get(identityId) ?? [];
        if (accounts.length === 0) {
          return [{
            ref, identityId, applicationId: null, accountId: null, state: null, isQueued: false,
          }];
        }
        return accounts.map(({ id, applicationId, state }) =>
          ({ ref, identityId, applicationId, accountId: id, state, isQueued: false }));
      });
    },

  };
}

type MemberReads = Pick<
  OutboundPort, "membersDue" | "openMembers" | "unwantedMembers" | "missingMembers"
>;

/** Members that groups have and would not, and that they would have: of groups as a whole. */
function memberReads(runId: string): MemberReads {
  return {
    membersDue: async (_tx, groupIds) => ({ wholes: groupIds, members: [] }),
    openMembers: async () => [],
    unwantedMembers: (tx, groupAccounts) => tx.query(
      `with g as (
         select a.id, a.application_id, coalesce(s.other, a.identity_id) as identity_id
         from account a
         left join simulated s on s.run_id = $1 and s.what = 'join' and s.id = a.id
         where a.id = any($2::uuid[])
       ), wanted as (${wantedIn("array(select identity_id from g)")})
       select m.group_account as "group", m.member_account as "memberAccount", m.ours
       from member m join g on g.id = m.group_account
       where m.member_account is not null and not exists (
         select from account a
         left join simulated s on s.run_id = $1 and s.what = 'join' and s.id = a.id
         join wanted v on v.group_id = g.identity_id
           and v.member_id = coalesce(s.other, a.identity_id)
         where a.id = m.member_account and a.join_kind = 'primary' and a.state = 'present'
           and exists (select from unnest(v.because) as b(origin)
             where b.origin <> 'application:' || g.application_id))`, [runId, groupAccounts]),

    missingMembers: (tx, groupIds, applicationIds) => tx.query(
      `with wanted as (${wantedIn("$2")}),
       o as (${accountsOf("array(select member_id from wanted union select unnest($2::uuid[]))")}),
       theirs as (
         select o.identity_id, a.id, a.application_id from o join account a on a.id = o.id
         where a.state = 'present' and a.application_id = any($3::uuid[])
       )
       select v.group_id as "groupId", v.member_id as "memberId", v.because,
         p.id as "applicationId", coalesce(a.id, i.account_id) as "accountId",
         a.id is not null as "isPresent"
       from wanted v
       cross join unnest($3::uuid[]) as p(id)
       left join theirs a on a.identity_id = v.member_id and a.application_id = p.id
       left join item i on i.operation = 'create' and i.state = 'simulated' and i.run_id = $1
         and i.identity_id = v.member_id and i.application_id = p.id
       left join theirs g on g.identity_id = v.group_id and g.application_id = p.id
       left join member m on m.group_account = g.id and m.member_account = a.id
       where m.group_account is null`, [runId, groupIds, applicationIds]),
  };
}
