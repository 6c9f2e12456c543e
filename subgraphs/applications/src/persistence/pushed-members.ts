import type { PushedPort } from "../app/pushed-ports.js";
import type { PushedKind } from "../domain/pushed.js";
import type { Named } from "../domain/scim-representation.js";
import { Places } from "./places.js";
import { memberFilterSql } from "./pushed-filter.js";
import { isUuid } from "./uuid.js";

type Members = Pick<
  PushedPort,
  | "linksOf" | "unknownOf" | "addMembers" | "removeMembers" | "removeMembersWhere"
  | "removeAllMembersBut"
>;

/** Members of groups, a row each: what a change costs follows what changes, not the group. */
export const pushedMembers: Members = {
  async linksOf(tx, kind, ids, most) {
    const [of, to] = kind === "group" ? ["group_id", "member_id"] : ["member_id", "group_id"];
    // Groups of people are few, and found one by one: a join would read all objects for a page.
    const oneByOne = kind === "user" ? "offset 0" : "";
    const rows = await tx.query<{ of: string; id: string; kind: PushedKind; name: string | null }>(
      `select m.${of} as of, x.id, x.kind,
         x.resource ->> case x.kind when 'user' then 'userName' else 'displayName' end as name
       from pushed_member m cross join lateral (
         select o.id, o.kind, o.resource from pushed_object o
         where o.id = m.${to} and not o.deleted ${oneByOne}
       ) x
       where m.${of} = any($1::uuid[]) and m.present
       order by m.${of}, x.id limit $2`,
      [ids, most]);
    const links = new Map<string, Named[]>();
    for (const { of: owner, id, kind: other, name } of rows) {
      const held = links.get(owner) ?? [];
      held.push({ id, kind: other, name: name ?? "" });
      links.set(owner, held);
    }
    return links;
  },

  async unknownOf(tx, applicationId, ids) {
    const known = await tx.query<{ id: string }>(
      `select id from pushed_object
       where id = any($2::uuid[]) and application_id = $1 and not deleted for share`,
      [applicationId, ids.filter(isUuid)]);
    const there = new Set(known.map(({ id }) => id));
    return ids.filter((id) => !there.has(id.toLowerCase()));
  },

  addMembers: (tx, { applicationId, id }, ids) => tx.execute(
    `insert into pushed_member as m (group_id, member_id, application_id)
     select distinct $1::uuid, given, $2::uuid from unnest($3::uuid[]) as given
     on conflict (group_id, member_id) do update
       set present = true, change = null, modified_at = now() where not m.present`,
    [id, applicationId, ids]),

  removeMembers: (tx, { id }, ids) => tx.execute(
    `update pushed_member set present = false, change = null, modified_at = now()
     where group_id = $1 and member_id = any($2::uuid[]) and present`,
    [id, ids.filter(isUuid)]),

  removeMembersWhere(tx, { id }, filter) {
    const places = new Places();
    const group = places.at(id);
    return tx.execute(
      `update pushed_member m set present = false, change = null, modified_at = now()
       from pushed_object x
       where m.group_id = ${group}::uuid and m.present and x.id = m.member_id
         and ${memberFilterSql(filter, places)}`, places.values);
  },

  removeAllMembersBut: (tx, { id }, ids) => tx.execute(
    `update pushed_member set present = false, change = null, modified_at = now()
     where group_id = $1 and present and not (member_id = any($2::uuid[]))`,
    [id, ids.filter(isUuid)]),
};
