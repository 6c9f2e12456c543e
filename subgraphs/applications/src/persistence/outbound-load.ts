import type { OutboundPort, TargetAccount } from "../app/outbound-ports.js";
import type { Tx } from "../app/ports.js";
import { nameCodes } from "../domain/next-name.js";
import { memberOf } from "./import-apply.js";
import { outboundMembers } from "./outbound-members.js";

type Load = Pick<
  OutboundPort,
  | "allDue" | "takeDates" | "hasDue" | "stampAll" | "takeDue" | "page" | "identities" | "accounts"
  | "openItems" | "takenNames" | "links" | "resolve" | keyof typeof outboundMembers
>;

/** What a chunk of outbound needs to know: a fixed number of statements whatever its size. */
export const outboundLoad: Load = {
  ...outboundMembers,

  async allDue(tx, bundleVersion) {
    const rows = await tx.query<{ id: string; wished: string }>(
      `select id, all_due_wished as wished from application
       where state = 'active' and all_due_wished > all_due_done and all_due_version <= $1`,
      [bundleVersion]);
    return new Map(rows.map((row) => [row.id, { wished: Number(row.wished) }]));
  },

  async takeDates(tx, now) {
    await tx.execute(
      `insert into due (identity_id, whole)
       select id, false from identity_view where next_due_at <= $1 order by id
       on conflict (identity_id) do update set waits = null, wave_id = null
         where due.waits is not null`, [now]);
  },

  async hasDue(tx) {
    const rows = await tx.query("select from due where waits is null limit 1");
    return rows.length > 0;
  },

  async stampAll(tx, waveId) {
    await tx.execute(
      `update due set wave_id = $1 where waits is null and wave_id is distinct from $1`, [waveId]);
    await tx.execute(
      `update due_member set wave_id = $1 where not waits and wave_id is distinct from $1`,
      [waveId]);
  },

  async takeDue(tx, waveId, kind, after, limit) {
    const rows = await inKeyOrder(tx, () => tx.query<{ id: string }>(
      `with next as (
         select d.identity_id from due d join identity_view v on v.id = d.identity_id
         where d.waits is null and d.identity_id > $3 and v.kind = $2
         order by d.identity_id limit $4
       )
       update due d set wave_id = $1 from next where d.identity_id = next.identity_id
       returning d.identity_id as id`, [waveId, kind, after, limit]));
    const ids = rows.map((row) => row.id).sort();
    if (kind === "group") await takeMembers(tx, waveId, ids);
    return ids;
  },

  async page(tx, kind, after, limit, exceptWave) {
    const rows = await inKeyOrder(tx, () => tx.query<{ id: string }>(
      `select v.id from identity_view v
       where v.id > $2 and v.kind = $1 and ($4::uuid is null or not exists (
         select from due d where d.identity_id = v.id and d.wave_id = $4))
       order by v.id limit $3`, [kind, after, limit, exceptWave]));
    return rows.map((row) => row.id);
  },

  async identities(tx, ids) {
    const rows = await tx.query<{
      id: string; kind: "user" | "group"; attributes: TargetAccount["attributes"];
      classification: number; state: string; isDue: boolean;
    }>(
      `select id, kind, attributes, classification, state, exists (
         select from due d where d.identity_id = v.id and d.waits is null) as "isDue"
       from identity_view v where id = any($1) order by id`, [ids]);
    return rows.map(({ state, ...row }) => ({ ...row, isGone: state === "gone" }));
  },

  async accounts(tx, identityIds, applicationIds) {
    const rows = await tx.query<Omit<TargetAccount, "revision"> & { revision: string }>(
      `select id, application_id as "applicationId", identity_id as "identityId", state, anchor,
         name, attributes, enabled, revision, corrections, delete_at as "deleteAt",
         delete_cancelled_at is not null as "isDeleteCancelled"
       from account
       where identity_id = any($1) and application_id = any($2) and join_kind = 'primary'
       order by identity_id, application_id, state = 'gone', number`,
      [identityIds, applicationIds]);
    return rows.map((row) => ({ ...row, revision: Number(row.revision) }));
  },

  openItems: (tx, accountIds) =>
    tx.query(
      `select id, wave_id as "waveId", account_id as "accountId",
         application_id as "applicationId", operation, encode(hash, 'hex') as hash
       from item where account_id = any($1) and state in ('proposed', 'open', 'waiting')`,
      [accountIds]),

  takenNames: (tx, accountIds) =>
    tx.query(
      `select account_id as "accountId", names ->> 'base' as base,
         max((names ->> 'number')::int) as number
       from item
       where account_id = any($1) and names is not null and state = 'failed'
         and code = any($2) and (operation <> 'create' or attempts = 1)
       group by 1, 2`, [accountIds, [...nameCodes]]),

  links: (tx, refs, applicationIds) =>
    tx.query(
      `select s.id as ref, s.identity_id as "identityId", t.application_id as "applicationId",
         t.id as "accountId", t.state, exists (select from item i where i.account_id = t.id
           and i.operation = 'create' and i.state in ('proposed', 'open')) as "isQueued"
       from account s
       left join account t on t.identity_id = s.identity_id and t.application_id = any($2)
         and t.join_kind = 'primary'
       where s.id = any($1) and s.identity_id is not null
       order by s.id, t.state = 'gone', t.number`, [refs, applicationIds]),

  async resolve(tx, applicationId, references) {
    const rows = await tx.query<{ raw: string; id: string | null }>(
      `select i.raw, ${memberOf("$1", "i.key", "i.raw")} as id
       from unnest($2::text[], $3::text[]) as i(key, raw)`,
      [applicationId, references.map(({ key }) => key), references.map(({ raw }) => raw)]);
    return new Map(rows.flatMap(({ raw, id }) => (id === null ? [] : [[raw, id] as const])));
  },
};

/**
 * Runs a page by keyset so that the planner walks the key and stops at the limit. Without
 * statistics of rows that came a moment ago it takes nearly all of them to be filtered out, and
 * reads and sorts everything that is left for each page.
 */
async function inKeyOrder<T>(tx: Tx, page: () => Promise<T>): Promise<T> {
  const set = (to: "off" | "on") => tx.query(
    `select set_config('enable_sort', $1, true), set_config('enable_bitmapscan', $1, true)`, [to]);
  await set("off");
  const result = await page();
  await set("on");
  return result;
}

/** Members of groups that the wave has taken up are taken up with them. */
async function takeMembers(tx: Tx, waveId: string, groups: readonly string[]): Promise<void> {
  await tx.execute(
    `update due_member set wave_id = $1
     where group_id = any($2) and not waits and wave_id is distinct from $1`, [waveId, groups]);
}
