import type { ListTarget, Resource, ScimResourceType } from "@joinery/scim";
import type { Tx } from "../app/ports.js";
import type { PushedPlace, PushedPort, PushedQuery } from "../app/pushed-ports.js";
import { nameKey } from "../domain/name-key.js";
import { kindOf, nameOf, toSearch, type PushedKind, type PushedObject } from "../domain/pushed.js";
import { Places } from "./places.js";
import { filterSql, isForFew, sortSql } from "./pushed-filter.js";
import { pushedMembers } from "./pushed-members.js";
import { isUuid } from "./uuid.js";

export interface Row {
  [column: string]: unknown;
  id: string;
  kind: PushedKind;
  resource: Resource;
  version: number;
  created_at: Date;
  modified_at: Date;
}

export const columns = "o.id, o.kind, o.resource, o.version, o.created_at, o.modified_at";

export function toObject({ id, kind, resource, version, ...row }: Row): PushedObject {
  return {
    id, kind, resource, version, createdAt: row.created_at, modifiedAt: row.modified_at,
  };
}

/** What others pushed for applications. Every call is one statement. */
export const pushedStore: PushedPort = {
  /** Nothing else of the application is read: its schema is long, and this is asked each time. */
  async openFor(tx, applicationId, connector) {
    if (!isUuid(applicationId)) return null;
    const [found] = await tx.query<{ configuration: object }>(
      `select configuration from application
       where id = $1 and state = 'active' and connector = $2`, [applicationId, connector]);
    return found?.configuration ?? null;
  },

  find: (tx, place, id) => one(tx, place, id, ""),
  lock: (tx, place, id) => one(tx, place, id, "for update"),

  async add(tx, { applicationId, kind, type }, id, resource) {
    const [row] = await tx.query<Row>(
      `insert into pushed_object as o
         (id, application_id, kind, name_key, external_id, resource, search)
       values ($1, $2, $3, $4, $5, $6, $7) returning ${columns}`,
      [id, applicationId, kind, ...contentOf(type, resource)]);
    return toObject(row as Row);
  },

  async change(tx, { type }, id, resource) {
    const [row] = await tx.query<Row>(
      `update pushed_object o set name_key = $2, external_id = $3, resource = $4, search = $5,
         version = version + 1, change = null, modified_at = now()
       where id = $1 returning ${columns}`, [id, ...contentOf(type, resource)]);
    return toObject(row as Row);
  },

  /** Memberships of a group that goes with its members are ended once, as the group's. */
  async removeAll(tx, ids) {
    await tx.execute(
      `with gone as (
         update pushed_object set deleted = true, resource = '{}', search = '{}',
           external_id = null, name_key = '', version = version + 1, change = null,
           modified_at = now()
         where id = any($1::uuid[])
       ), emptied as (
         update pushed_member set present = false, change = null, modified_at = now()
         where group_id = any($1::uuid[]) and present
       ), departed as (
         update pushed_member set present = false, change = null, modified_at = now()
         where member_id = any($1::uuid[]) and not (group_id = any($1::uuid[])) and present
         returning group_id
       )
       update pushed_object set version = version + 1, change = null, modified_at = now()
       where id in (select group_id from departed)`, [ids]);
  },

  async list(tx, applicationId, query) {
    const places = new Places();
    const parts = query.targets.map((target) => {
      const where = conditions(applicationId, target, places);
      const path = target.sort?.path ?? null;
      const key = path === null ? "null::text" : sortSql(target.type, path, places);
      const isFew = isForFew(kindOf(target.type), target.filter);
      return `(select ${columns}, ${key} as key from pushed_object o
        where ${where} ${isFew ? "offset 0" : ""})`;
    });
    const text = `select * from (${parts.join(" union all ")}) o
      where ${following(query, places)}
      order by ${orderOf(query)} limit ${places.at(query.limit)} offset ${places.at(query.offset)}`;
    const rows = await tx.query<Row & { key: string | null }>(text, places.values);
    return rows.map(({ key: sortedBy, ...row }) => ({
      object: toObject(row as Row), key: sortedBy,
    }));
  },

  async count(tx, applicationId, targets) {
    const places = new Places();
    const counts = targets.map((target) =>
      `(select count(*) from pushed_object o where ${conditions(applicationId, target, places)})`);
    const [row] = await tx.query<{ n: number }>(
      `select (${counts.join(" + ")})::int as n`, places.values);
    return row?.n ?? 0;
  },

  ...pushedMembers,
};

async function one(
  tx: Tx,
  { applicationId, kind }: PushedPlace,
  id: string,
  locked: string,
): Promise<PushedObject | null> {
  if (!isUuid(id)) return null;
  const [row] = await tx.query<Row>(
    `select ${columns} from pushed_object o
     where id = $1 and application_id = $2 and kind = $3 and not deleted ${locked}`,
    [id, applicationId, kind]);
  return row === undefined ? null : toObject(row);
}

/** Key of the name, external id, document and what is searched, as a row has them. */
export function contentOf(
  type: ScimResourceType,
  resource: Resource,
): readonly [name: string, externalId: string | null, resource: string, search: string] {
  const externalId = resource["externalId"];
  return [
    nameKey(nameOf(kindOf(type), resource)), typeof externalId === "string" ? externalId : null,
    JSON.stringify(resource), JSON.stringify(toSearch(type, resource)),
  ];
}

function conditions(
  applicationId: string,
  { type, filter }: ListTarget,
  places: Places,
): string {
  const kind = places.at(kindOf(type));
  const application = places.at(applicationId);
  // Before there are statistics any index is taken for as good as the one that finds the few: so no
  // other can be used. A page says that versions are positive, as they always are, for its own.
  const isIn = isForFew(kindOf(type), filter)
    ? `o.application_id::text = ${application}::text`
    : `o.application_id = ${application}::uuid and o.version > 0`;
  const place = `${isIn} and o.kind = ${kind} and not o.deleted`;
  return filter === null ? place : `${place} and ${filterSql(type, filter, places)}`;
}

/** RFC 7644 §3.4.2.3: what has no key is last, and first where the order is descending. */
function orderOf({ targets: [first] }: PushedQuery): string {
  const sort = first?.sort ?? null;
  if (sort === null) return "o.id";
  return sort.descending
    ? `o.key collate "C" desc nulls first, o.id`
    : `o.key collate "C" nulls last, o.id`;
}

/** Rows behind the last one of the page before, by keyset. */
function following({ targets: [first], after }: PushedQuery, places: Places): string {
  if (after === null) return "true";
  const sort = first?.sort ?? null;
  const id = `${places.at(after.id)}::uuid`;
  if (sort === null) return `o.id > ${id}`;
  if (after.key === null) {
    const rest = `o.key is null and o.id > ${id}`;
    return sort.descending ? `(o.key is not null or (${rest}))` : `(${rest})`;
  }
  const key = `${places.at(after.key)}::text collate "C"`;
  const same = `(o.key collate "C" = ${key} and o.id > ${id})`;
  return sort.descending
    ? `(o.key collate "C" < ${key} or ${same})`
    : `(o.key is null or o.key collate "C" > ${key} or ${same})`;
}
