import { assert, copyRows, json, type TenantTransaction } from "@joinery/kit";
import type { Entry, EntryFilter, NewEntry } from "../domain/entry.js";

/** Writes entries under the next positions: two statements whatever their number. */
export async function writeEntries(
  tx: TenantTransaction,
  entries: readonly NewEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const [row] = await tx.query<{ last: number }>(
    "update position set last = last + $1 returning last::float8 as last",
    [entries.length],
  );
  assert(row !== undefined, "every segment has its position");
  const first = row.last - entries.length + 1;
  await copyRows(
    tx,
    "entry",
    [
      "position", "at", "object_kind", "object_id", "identity_id", "application_id", "run_id",
      "operation", "before", "after", "because", "actor", "event_id", "trace",
    ],
    entries.map((entry, index) => [
      first + index, entry.at, entry.objectKind, entry.objectId, entry.identityId,
      entry.applicationId, entry.runId, entry.operation, entry.before && json(entry.before),
      entry.after && json(entry.after), json(entry.because), json(entry.actor), entry.eventId,
      entry.trace,
    ]),
  );
}

const columns = `position::float8 as position, at::text as at, object_kind as "objectKind",
  object_id as "objectId", identity_id as "identityId", application_id as "applicationId",
  run_id as "runId", operation, before, after, because, actor, event_id as "eventId", trace`;

/** Newest first, by keyset; one row more than `first` when others follow. */
export async function pageEntries(
  tx: TenantTransaction,
  filter: EntryFilter,
  first: number,
  before: number | null,
): Promise<Entry[]> {
  const values: unknown[] = [];
  const is = (value: unknown) => `$${values.push(value)}`;
  const conditions: string[] = [];
  if (before !== null) conditions.push(`position < ${is(before)}`);
  if (filter.objectId) conditions.push(objectIs(is(filter.objectId)));
  if (filter.runId) conditions.push(`run_id = ${is(filter.runId)}::uuid`);
  if (filter.objectKind) conditions.push(`object_kind = ${is(filter.objectKind)}`);
  if (filter.from) conditions.push(`at >= ${is(filter.from)}`);
  if (filter.to) conditions.push(`at < ${is(filter.to)}`);
  const and = (own: string) => ["true", ...conditions, own].join(" and ");
  const limit = `order by position desc limit ${is(first + 1)}`;
  if (!filter.identityId) {
    return tx.query<Entry & Record<string, unknown>>(
      `select ${columns} from entry where ${and("true")} ${limit}`,
      values,
    );
  }
  // Two indexes, each read from its end; the union of both ends has the newest of all.
  const identity = is(filter.identityId);
  const own = `object_kind = 'identity' and ${objectIs(`${identity}::text`)}`;
  const others = `object_kind <> 'identity' and identity_id = ${identity}::uuid`;
  return tx.query<Entry & Record<string, unknown>>(
    `select ${columns} from (
       (select * from entry where ${and(own)} ${limit})
       union all
       (select * from entry where ${and(others)} ${limit})
     ) e ${limit}`,
    values,
  );
}

/** As the index has it. */
function objectIs(id: string): string {
  return `hashtextextended(object_id, 0) = hashtextextended(${id}, 0) and object_id = ${id}`;
}
