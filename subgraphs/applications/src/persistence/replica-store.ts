import { countBuckets } from "@joinery/kit";
import type { ReplicaPort, WantedMembership } from "../app/replica-ports.js";
import { makingDue } from "./making-due.js";
import { takeIdentities } from "./take-identities.js";

/** Bundles of so many versions back are kept for runs that are pinned to them. */
const versionsKept = 5;

export const replicaStore: ReplicaPort = {
  async activeBundle(tx) {
    const [row] = await tx.query<{ hash: string; version: number }>(
      "select hash, version from bundle where active limit 1");
    return row ?? null;
  },

  async bundleText(tx, hash) {
    const [row] = await tx.query<{ text: string | null }>(
      "select string_agg(data, '' order by chunk) as text from bundle where hash = $1 and stored",
      [hash]);
    return row?.text ?? null;
  },

  async keepChunk(tx, { hash, version, chunk, chunks, data }) {
    // The same content as a newer version is that version's: it was told of once for each.
    const kept = await tx.execute(
      `insert into bundle as b (hash, chunk, chunks, version, data) values ($1, $2, $3, $4, $5)
       on conflict (hash, chunk) do update set version = excluded.version
         where b.version < excluded.version`, [hash, chunk, chunks, version, data]);
    if (kept === 0) return null;
    const [row] = await tx.query<{ n: number; text: string }>(
      `select count(*)::int as n, string_agg(data, '' order by chunk) as text
       from bundle where hash = $1 and version = $2`, [hash, version]);
    return row !== undefined && row.n === chunks ? row.text : null;
  },

  async markStored(tx, hash) {
    await tx.execute("update bundle set stored = true where hash = $1", [hash]);
  },

  async dropBundle(tx, hash) {
    await tx.execute("delete from bundle where hash = $1", [hash]);
  },

  async activate(tx, hash, version) {
    // What is active, or was before, is told again where others asked for everything.
    const known = await tx.query("select from bundle where active and version >= $1 limit 1",
      [version]);
    if (known.length > 0) return;
    await tx.execute(
      "update bundle set active = (hash = $1) where active is distinct from (hash = $1)", [hash]);
    await tx.execute(
      `update application set all_due_wished = all_due_wished + 1,
         all_due_version = greatest(all_due_version, $1) where state = 'active'`, [version]);
    await tx.execute(
      `delete from bundle b where not active and version < $1::int - ${versionsKept}
         and not exists (select from run where bundle = b.hash
           and state not in ('finished', 'failed', 'discarded'))`, [version]);
  },

  takeIdentities,

  async takeMemberships(tx, memberships) {
    const rows = JSON.stringify(mergeByPair(memberships));
    await tx.execute(takeMemberships, [rows]);
  },

  async replaceMemberships(tx, { after, through, memberships }) {
    await tx.execute(replaceMemberships, [
      JSON.stringify(memberships), after?.groupId ?? null, after?.memberId ?? null,
      through?.groupId ?? null, through?.memberId ?? null,
    ]);
  },

  async count(tx) {
    const identities = await countBuckets(tx, "select id, revision::text from identity_view");
    const memberships = await countBuckets(tx,
      `select group_id, member_id::text || ' ' || origin
       from membership_view, unnest(because) as o(origin)`);
    return { identities, memberships };
  },

  storedBundles: (tx) => tx.query(
    `select hash, max(version) as version from bundle where stored group by hash order by 2`),
};

/**
 * A membership is wanted as long as one origin wants it (a rule, an application), so each change
 * adds or takes away origins. The group is due for members of whom an origin came or went, also
 * where others stay: an application's own word does not count there.
 */
const takeMemberships = `
  with incoming as (
    select * from jsonb_to_recordset($1::jsonb) as m(
      "groupId" uuid, "memberId" uuid, added text[], removed text[])
  ), wanted as (
    select i."groupId" as group_id, i."memberId" as member_id, v.because as was,
      array(select distinct origin from unnest(coalesce(v.because, '{}') || i.added) as o(origin)
        where origin <> all(i.removed) order by origin) as because
    from incoming i
    left join membership_view v on v.group_id = i."groupId" and v.member_id = i."memberId"
  ), kept as (
    insert into membership_view as v (group_id, member_id, because)
    select group_id, member_id, because from wanted
    where because <> '{}' and because is distinct from was
    on conflict (group_id, member_id) do update set because = excluded.because
    returning group_id, member_id
  ), ended as (
    delete from membership_view v using wanted w
    where v.group_id = w.group_id and v.member_id = w.member_id and w.because = '{}'
    returning v.group_id, v.member_id
  ), ${makingDue({ pair: "table kept union all table ended" })} select`;

const replaceMemberships = `
  with listed as (
    select "groupId" as group_id, "memberId" as member_id,
      array(select distinct origin from unnest(because) as o(origin) order by origin) as because
    from jsonb_to_recordset($1::jsonb) as m("groupId" uuid, "memberId" uuid, because text[])
  ), ended as (
    delete from membership_view v
    where ($2::uuid is null or (v.group_id, v.member_id) > ($2, $3::uuid))
      and ($4::uuid is null or (v.group_id, v.member_id) <= ($4, $5::uuid))
      and not exists (
        select from listed l where l.group_id = v.group_id and l.member_id = v.member_id)
    returning v.group_id, v.member_id
  ), kept as (
    insert into membership_view as v (group_id, member_id, because)
    select group_id, member_id, because from listed
    on conflict (group_id, member_id) do update set because = excluded.because
      where v.because <> excluded.because
    returning group_id, member_id
  ), ${makingDue({ pair: "table kept union all table ended" })} select`;

/** Changes of one membership, in order: the last word on each origin counts. */
function mergeByPair(memberships: readonly WantedMembership[]) {
  const pairs = new Map<
    string,
    { groupId: string; memberId: string; says: Map<string, boolean> }
  >();
  for (const { groupId, memberId, present, because } of memberships) {
    const key = `${groupId} ${memberId}`;
    const pair = pairs.get(key) ?? { groupId, memberId, says: new Map<string, boolean>() };
    for (const origin of because) pair.says.set(origin, present);
    pairs.set(key, pair);
  }
  return [...pairs.values()].map(({ groupId, memberId, says }) => ({
    groupId, memberId,
    added: [...says].flatMap(([origin, present]) => (present ? [origin] : [])),
    removed: [...says].flatMap(([origin, present]) => (present ? [] : [origin])),
  }));
}
