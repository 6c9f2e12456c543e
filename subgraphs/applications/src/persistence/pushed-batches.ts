import type { PushedBatches, PushedContent, PushedMember } from "../app/pushed-ports.js";
import type { Tx } from "../app/ports.js";
import { referenceKey, type Reference } from "../domain/push-sent.js";
import { columns, contentOf, toObject, type Row } from "./pushed-store.js";

/** Batches of partners. Every call is one statement, whatever the number of objects. */
export const pushedBatches: PushedBatches = {
  async takeTurn(tx, applicationId) {
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))",
      [`push ${tx.tenant} ${applicationId}`]);
  },

  async lockNamed(tx, applicationId, references) {
    const rows = await tx.query<Row & Named>(
      `select ${columns}, o.external_id from pushed_object o where ${isNamed}
       order by o.id for update`, named(applicationId, references));
    return byReference(rows, (row) => toObject(row));
  },

  async idsOf(tx, applicationId, references) {
    const rows = await tx.query<Named & { id: string }>(
      `select o.id, o.kind, o.external_id from pushed_object o where ${isNamed}
       order by o.id for share`, named(applicationId, references));
    return byReference(rows, ({ id }) => id);
  },

  async ownersOf(tx, applicationId, nameKeys) {
    const rows = await tx.query<{ name_key: string; id: string }>(
      `select name_key, id from pushed_object
       where application_id = $1 and kind = 'user' and not deleted and name_key = any($2::text[])`,
      [applicationId, nameKeys]);
    return new Map(rows.map(({ name_key: key, id }) => [key, id]));
  },

  async addAll(tx, applicationId, contents) {
    await tx.execute(
      `insert into pushed_object
         (id, application_id, kind, name_key, external_id, resource, search)
       select id, $1, kind, name_key, external_id, resource::json, search::jsonb
       from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
         as n(id, kind, name_key, external_id, resource, search)`,
      [applicationId, ...columnsOf(contents)]);
  },

  async changeAll(tx, contents) {
    await tx.execute(
      `update pushed_object o set name_key = n.name_key, external_id = n.external_id,
         resource = n.resource::json, search = n.search::jsonb,
         version = o.version + 1, change = null, modified_at = now()
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
         as n(id, kind, name_key, external_id, resource, search)
       where o.id = n.id`, columnsOf(contents));
  },

  addPairs: (tx, applicationId, pairs) => groupsOf(tx,
    `insert into pushed_member as m (group_id, member_id, application_id)
     select distinct p.group_id, p.member_id, $3::uuid
     from unnest($1::uuid[], $2::uuid[]) as p(group_id, member_id)
     on conflict (group_id, member_id) do update
       set present = true, change = null, modified_at = now() where not m.present
     returning m.group_id`, [...halves(pairs), applicationId]),

  removePairs: (tx, pairs) => groupsOf(tx,
    `update pushed_member m set present = false, change = null, modified_at = now()
     from unnest($1::uuid[], $2::uuid[]) as p(group_id, member_id)
     where m.group_id = p.group_id and m.member_id = p.member_id and m.present
     returning m.group_id`, halves(pairs)),

  removeOthers: (tx, groups, pairs) => groupsOf(tx,
    `update pushed_member m set present = false, change = null, modified_at = now()
     where m.group_id = any($3::uuid[]) and m.present and not exists (
       select from unnest($1::uuid[], $2::uuid[]) as p(group_id, member_id)
       where p.group_id = m.group_id and p.member_id = m.member_id)
     returning m.group_id`, [...halves(pairs), groups]),
};

interface Named {
  [column: string]: unknown;
  kind: Reference["kind"];
  external_id: string;
}

const isNamed = `o.application_id = $1 and not o.deleted and (o.kind, o.external_id) in (
  select r.kind, r.external_id from unnest($2::text[], $3::text[]) as r(kind, external_id))`;

function named(applicationId: string, references: readonly Reference[]): readonly unknown[] {
  return [
    applicationId, references.map(({ kind }) => kind),
    references.map(({ externalId }) => externalId),
  ];
}

function byReference<R extends Named, T>(
  rows: readonly R[],
  read: (row: R) => T,
): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const row of rows) {
    const key = referenceKey({ kind: row.kind, externalId: row.external_id });
    const list = found.get(key) ?? [];
    list.push(read(row));
    found.set(key, list);
  }
  return found;
}

/** One array for each column. */
function columnsOf(contents: readonly PushedContent[]): readonly unknown[] {
  const rows = contents.map(({ id, kind, type, resource }) =>
    [id, kind, ...contentOf(type, resource)]);
  return [0, 1, 2, 3, 4, 5].map((at) => rows.map((row) => row[at]));
}

function halves(pairs: readonly PushedMember[]): readonly unknown[] {
  return [pairs.map(({ group }) => group), pairs.map(({ member }) => member)];
}

async function groupsOf(
  tx: Tx,
  text: string,
  values: readonly unknown[],
): Promise<readonly string[]> {
  const rows = await tx.query<{ group_id: string }>(
    `with moved as (${text}) select distinct group_id from moved`, values);
  return rows.map(({ group_id: id }) => id);
}
