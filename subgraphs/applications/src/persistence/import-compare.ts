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
 * The way through the index is the only good one: a hash join would read the whole table for each
 * chunk, and the planner chooses it when the table is only some times larger than the chunk.
 */
const byIndex = `select set_config('enable_hashjoin', 'off', true),
  set_config('enable_mergejoin', 'off', true)`;

export const importCompare: Pick<
  ImportPort, "compare" | "compareMembers" | "numbersOf" | "idsOf" | "plannedOf"
> = {
  async compare(tx, place: Place, kind, anchors, digests) {
    await tx.query(byIndex);
    return numbers(tx,
      `select string_agg(int4send(case
         when a.number is null then 0
         when a.hash = substr($5::bytea, (i.nth::int - 1) * 32 + 1, 16) then a.number
         when a.written_at >= $4::timestamptz then a.number
         else -a.number end), ''::bytea order by i.nth) as codes
       from unnest($3::text[]) with ordinality as i(anchor, nth)
       left join account a
         on a.application_id = $1 and a.kind = $2 and a.anchor = i.anchor collate "C"`,
      [place.applicationId, kind, anchors, place.readStartedAt, digests]);
  },

  async compareMembers(tx, place: Place, groups, members) {
    await tx.query(byIndex);
    return numbers(tx,
      `select string_agg(int4send(case
         when g.written_at >= $4::timestamptz then -1
         else coalesce(m.number, 0) end), ''::bytea order by i.nth) as codes
       from unnest($2::text[], $3::text[]) with ordinality as i(grp, member, nth)
       left join account g
         on g.application_id = $1 and g.kind = 'group' and g.anchor = i.grp collate "C"
       left join member m on m.group_account = g.id and m.member = i.member collate "C"`,
      [place.applicationId, groups, members, place.readStartedAt]);
  },

  async numbersOf(tx, applicationId, anchors) {
    return tx.query<{ number: number; kind: ObjectKind }>(
      `select number, kind from account
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
