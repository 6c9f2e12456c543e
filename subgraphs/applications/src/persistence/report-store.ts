import { copyRows } from "@joinery/kit";
import type { ReportedMembers, ReportPort } from "../app/report-ports.js";
import type { Place } from "../app/import-ports.js";
import type { Tx } from "../app/ports.js";
import type { ChangePosition } from "../domain/change-position.js";
import { firstMember } from "../domain/stage-order.js";
import { memberOf } from "./import-apply.js";

export const reportStore: ReportPort = {
  async position(tx, applicationId) {
    const [row] = await tx.query<{ position: ChangePosition | null }>(
      "select position from application where id = $1", [applicationId]);
    return row?.position ?? null;
  },

  async keepPosition(tx, applicationId, position) {
    await tx.execute(
      `update application set position = $2::json
       where id = $1 and position::text is distinct from $2::json::text`,
      [applicationId, position && JSON.stringify(position)]);
  },

  async stageGone(tx, place, anchors, after) {
    await tx.execute(
      `delete from stage where run_id = $1 and ordinal between 1 and ${firstMember}
         and anchor = any($2)`, [place.runId, anchors]);
    return tx.execute(
      `insert into stage (run_id, ordinal, operation, kind, anchor, account_id, hash)
       select $1, $4 + row_number() over (order by a.number), 'gone', a.kind, a.anchor, a.id,
         sha256(convert_to('gone ' || a.kind || ' ' || a.anchor, 'UTF8'))
       from account a
       where a.application_id = $2 and a.kind in ('user', 'group') and a.anchor = any($3)
         and a.state = 'present'`,
      [place.runId, place.applicationId, anchors, after]);
  },

  async unstageGone(tx, runId, anchors) {
    await tx.execute(
      `delete from stage where run_id = $1 and operation = 'gone' and anchor = any($2)`,
      [runId, anchors]);
  },

  async stageMembers(tx, runId, told, members) {
    await tx.execute(
      `delete from stage s using unnest($2::text[], $3::text[]) as told(grp, member)
       where s.run_id = $1 and s.ordinal > ${firstMember}
         and s.anchor = told.grp and s.member = told.member`,
      [runId, told.map(({ group }) => group), told.map(({ member }) => member)]);
    await copyRows(tx, "stage",
      ["run_id", "ordinal", "operation", "kind", "anchor", "member", "name_key", "hash"],
      members.map((each) => [
        runId, each.ordinal, each.isThere ? "memberAdded" : "memberRemoved", "group", each.group,
        each.member, each.memberKey, `\\x${each.digest}`,
      ]));
  },

  async unstageMembers(tx, runId, groups) {
    await tx.execute(
      `delete from stage where run_id = $1 and ordinal > ${firstMember} and anchor = any($2)`,
      [runId, groups]);
  },

  async memberNumbers(tx, applicationId, groups) {
    const rows = await tx.query<{ number: number }>(
      `select m.number from account g join member m on m.group_account = g.id
       where g.application_id = $1 and g.kind = 'group' and g.anchor = any($2)`,
      [applicationId, groups]);
    return rows.map(({ number }) => number);
  },

  async settleMembers(tx, place, told) {
    await settleRemoved(tx, place);
    return stageUnlisted(tx, place, told);
  },

  async isOvertaken(tx, place) {
    const rows = await tx.query(
      `select from stage s join account a on a.id = s.account_id
       where s.run_id = $1 and a.written_at >= $2 limit 1`, [place.runId, place.readStartedAt]);
    return rows.length > 0;
  },
};

const removedHash = (group: string, member: string) =>
  `sha256(convert_to('memberRemoved ' || ${group} || ' ' || ${member}, 'UTF8'))`;

/**
 * A system names a member as it is called now; we hold it as it was called when it came. So who
 * went is looked for by the account, by the word where that stands for nobody else.
 */
async function settleRemoved(tx: Tx, { runId, applicationId }: Place): Promise<void> {
  await tx.execute(
    `with asked as (
       delete from stage where run_id = $1 and operation = 'memberRemoved'
       returning ordinal, anchor, member, name_key
     ), named as materialized (
       select name_key, min(account_id::text)::uuid as account_id from stage
       where run_id = $1 and operation in ('new', 'changed') group by name_key
     ), who as materialized (
       select asked.*, g.id as group_id,
         coalesce(named.account_id, ${memberOf("$2", "asked.name_key", "asked.member")}) as account
       from asked
       join account g on g.application_id = $2 and g.kind = 'group' and g.anchor = asked.anchor
       left join named on named.name_key = asked.name_key
     ), held as (
       select who.ordinal, who.anchor, who.group_id, m.member from who
       join member m on m.group_account = who.group_id and m.member_account = who.account
       union
       select who.ordinal, who.anchor, who.group_id, m.member from who
       join member m on m.group_account = who.group_id and m.member = who.member
       where who.account is null or m.member_account is null or m.member_account = who.account
     ), once as (
       select distinct on (group_id, member) * from held order by group_id, member, ordinal
     )
     insert into stage (run_id, ordinal, operation, kind, anchor, member, account_id, hash)
     select $1, ordinal, 'memberRemoved', 'group', anchor, member, group_id,
       ${removedHash("anchor", "member")} from once`,
    [runId, applicationId]);
}

/**
 * Of groups whose members were all told, and of those that are gone, the others go; but of a group
 * that we wrote since, nobody: what was told of it is the older word. Answers whether there is one.
 */
async function stageUnlisted(tx: Tx, place: Place, told: ReportedMembers): Promise<boolean> {
  const groups = [...told.wholeGroups, ...told.goneGroups];
  if (groups.length === 0) return false;
  await tx.execute(
    `insert into stage (run_id, ordinal, operation, kind, anchor, member, account_id, hash)
     select $1, $3 + row_number() over (order by m.number), 'memberRemoved', 'group', g.anchor,
       m.member, g.id, ${removedHash("g.anchor", "m.member")}
     from account g join member m on m.group_account = g.id
     where g.application_id = $2 and g.kind = 'group' and g.anchor = any($4)
       and (g.written_at is null or g.written_at < $7)
       and (g.anchor = any($6) or case when m.number < length($5::bytea) * 8
         then get_bit($5::bytea, m.number) = 0 else true end)
       and not exists (select from stage s where s.run_id = $1 and s.ordinal > ${firstMember}
         and s.operation = 'memberRemoved' and s.account_id = g.id and s.member = m.member)`,
    [
      place.runId, place.applicationId, told.lastMember, groups, told.seenMembers, told.goneGroups,
      place.readStartedAt,
    ]);
  const written = await tx.query(
    `select from account where application_id = $1 and kind = 'group' and anchor = any($2)
       and written_at >= $3 limit 1`, [place.applicationId, groups, place.readStartedAt]);
  return written.length > 0;
}
