import type { ObjectKind } from "@joinery/engine";
import type { ImportPort, Place } from "../app/import-ports.js";
import type { Tx } from "../app/ports.js";

/** One answer for a whole chunk: four bytes an object, in order. */
async function numbers(tx: Tx, text: string, values: readonly unknown[]): Promise<Int32Array> {
  const [row] = await tx.query<{ codes: Buffer | null }>(text, values);
  const bytes = row?.codes ?? Buffer.alloc(0);
  const codes = new Int32Array(bytes.length / 4);
  for (let at = 0; at < codes.length; at += 1) codes[at] = bytes.readInt32BE(at * 4);
  return codes;
}

/**
 * Each row is looked up by itself (`lateral … limit 1`): whatever the planner knows of a table that
 * has just been filled, it can neither read the table once per chunk nor once per row.
 */
export const importCompare: Pick<
  ImportPort, "compare" | "compareMembers" | "numbersOf" | "idsOf" | "plannedOf"
> = {
  async compare(tx, place: Place, kind, anchors, digests) {
    return numbers(tx,
      `select string_agg(int4send(case
         when a.number is null then 0
         when a.hash = substr($5::bytea, (i.nth::int - 1) * 32 + 1, 16) then a.number
         when a.written_at >= $4::timestamptz then a.number
         else -a.number end), ''::bytea order by i.nth) as codes
       from unnest($3::text[]) with ordinality as i(anchor, nth)
       left join lateral (
         select number, hash, written_at from account
         where application_id = $1 and kind = $2 and anchor = i.anchor collate "C" limit 1
       ) a on true`,
      [place.applicationId, kind, anchors, place.readStartedAt, digests]);
  },

  async compareMembers(tx, place: Place, groups, members) {
    return numbers(tx,
      `select string_agg(int4send(case
         when g.written_at >= $4::timestamptz then -1
         else coalesce(m.number, 0) end), ''::bytea order by i.nth) as codes
       from unnest($2::text[], $3::text[]) with ordinality as i(grp, member, nth)
       left join lateral (
         select id, written_at from account
         where application_id = $1 and kind = 'group' and anchor = i.grp collate "C" limit 1
       ) g on true
       left join lateral (
         select number from member
         where group_account = g.id and member = i.member collate "C" limit 1
       ) m on true`,
      [place.applicationId, groups, members, place.readStartedAt]);
  },

  async numbersOf(tx, applicationId, anchors) {
    return tx.query<{ number: number; kind: ObjectKind; anchor: string }>(
      `select number, kind, anchor from account
       where application_id = $1 and kind in ('user', 'group') and anchor = any($2)`,
      [applicationId, anchors]);
  },

  async idsOf(tx, applicationId, kind, anchors) {
    const rows = await tx.query<{ anchor: string; id: string }>(
      `select anchor, id from account
       where application_id = $1 and kind = $2 and anchor = any($3)`,
      [applicationId, kind, anchors]);
    return new Map(rows.map((row) => [row.anchor, row.id]));
  },

  async plannedOf(tx, applicationId, kind, nameKeys) {
    const rows = await tx.query<{ name_key: string; id: string; identity_id: string | null }>(
      `select name_key, min(id::text)::uuid as id, min(identity_id::text)::uuid as identity_id
       from account
       where application_id = $1 and kind = $2 and state = 'planned' and name_key = any($3)
       group by name_key having count(*) = 1`,
      [applicationId, kind, nameKeys]);
    return new Map(rows.map((row) => [row.name_key, { id: row.id, identityId: row.identity_id }]));
  },
};
