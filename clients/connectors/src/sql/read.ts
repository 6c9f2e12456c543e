import {
  ConnectorError, type ConnectorObject, type ConnectorSkip, type ReadBatch, type ReadOptions,
} from "../connector.js";
import { chunks } from "../chunks.js";
import { ChildReader } from "./child-reader.js";
import { MemberTable, memberBatches } from "./member-table.js";
import { ObjectTable } from "./object-table.js";
import { calledRelation } from "./relation.js";
import { misconfigured } from "./scalar-codec.js";
import { SqlSession, type SignIn, type SqlCell, type SqlRow } from "./session.js";
import type { Statement } from "./statement.js";

/** More rows that share an anchor than these, or lack one, and the column is no anchor. */
const duplicatesMax = 100_000;
const namelessMax = 1_000;

/**
 * Everything in scope, as of one moment where the database can: people, then groups, then members.
 * Two pages are in memory at most. Signs in on a connection of its own. Throws ConnectorError, and
 * the signal's reason.
 */
export async function* readDatabase(
  signIn: SignIn, options: ReadOptions,
): AsyncGenerator<ReadBatch> {
  const session = await SqlSession.open(signIn, options.signal);
  const release = session.breakOnAbort(options.signal);
  try {
    const { users, groups, mayBeEmpty } = signIn.configuration;
    await beginRead(session);
    for (const [kind, settings] of [["user", users], ["group", groups]] as const) {
      if (settings === undefined) continue;
      const table = await ObjectTable.open(session, kind, settings);
      let count = 0;
      for await (const page of readPages(table)) {
        count += page.objects.length + page.skips.length;
        yield* objectBatches(page, options);
      }
      if (count > 0 || mayBeEmpty) continue;
      const where = calledRelation(table.relation);
      throw new ConnectorError("stop", "SOURCE_EMPTY", `${where} has no rows`);
    }
    if (groups?.members !== undefined) {
      yield* memberBatches(await MemberTable.open(session, groups.members), options);
    }
    await session.control("commit");
  } finally {
    release();
    await session.close();
  }
}

export async function beginRead(session: SqlSession): Promise<void> {
  for (const text of session.dialect.beginRead) await session.control(text);
}

export interface ObjectPage {
  readonly objects: readonly ConnectorObject[];
  readonly skips: readonly ConnectorSkip[];
}

export function* objectBatches(
  { objects, skips }: ObjectPage, { batchSizeMax }: ReadOptions,
): Generator<Exclude<ReadBatch, { readonly type: "members" }>> {
  for (const part of chunks(objects, batchSizeMax)) yield { type: "objects", objects: part };
  for (const part of chunks(skips, batchSizeMax)) yield { type: "skips", skips: part };
}

/**
 * The rows of a table in the database's own order of anchors, page by page behind the last anchor
 * of the page before. Rows that share an anchor in the database's eyes (`A` and `a`, where it does
 * not tell them apart) are passed over, all of them; so none can hide behind the end of a page.
 * They are told before the pages, for the order has no place for each of them.
 */
export async function* readPages(
  table: ObjectTable, where: Statement = [],
): AsyncGenerator<ObjectPage> {
  const { session } = table;
  const { pageSize, limits } = session.configuration;
  const children = new ChildReader(table);
  yield { objects: [], skips: await namelessRows(table, where) };
  const doubled = await sharedAnchors(table);
  if (where.length === 0) yield { objects: [], skips: [...doubled].map(shared) };
  const and: Statement = where.length === 0 ? [] : [" and ", ...where];
  let after: SqlCell = null;
  let left = limits.rowsMax;
  for (;;) {
    const behind: Statement = after === null ? [`${table.anchor.quoted} is not null`]
      : table.anchorIs(">", after);
    const { rows } = await session.run([
      `${table.select()} where `, ...behind, ...and,
      ` order by ${table.anchor.quoted} ${session.dialect.limit(pageSize)}`,
    ]);
    left -= rows.length;
    if (left < 0) throw new ConnectorError("stop", "LIMIT_EXCEEDED", "more rows than allowed");
    const page = await pageOf(table, rows, doubled, children);
    yield where.length === 0 ? withoutAll(page, doubled) : page;
    if (rows.length < pageSize) return;
    after = table.anchorCell(rows.at(-1) as SqlRow);
  }
}

async function pageOf(
  table: ObjectTable, rows: readonly SqlRow[], doubled: ReadonlySet<string>, reader: ChildReader,
): Promise<ObjectPage> {
  const objects: ConnectorObject[] = [];
  const skips: ConnectorSkip[] = [];
  const children = await reader.read(rows.map((row) => table.anchorCell(row)));
  let last: string | undefined;
  for (const row of rows) {
    const anchor = table.anchorText(table.anchorCell(row));
    // Where the database shows no single moment, a row may come twice although nothing was shared.
    if (anchor !== undefined && (doubled.has(anchor) || anchor === last)) {
      skips.push(shared(anchor));
      continue;
    }
    last = anchor;
    const read = table.read(row, anchor === undefined ? undefined : children.get(anchor));
    if ("code" in read) skips.push(read);
    else objects.push(read);
  }
  return { objects, skips };
}

function shared(anchor: string): ConnectorSkip {
  const reason = "several rows share it in the eyes of the database";
  return { object: anchor, anchor, code: "ANCHOR_DUPLICATE", reason };
}

/** The page without those who were told already. */
function withoutAll({ objects, skips }: ObjectPage, told: ReadonlySet<string>): ObjectPage {
  if (told.size === 0) return { objects, skips };
  const isNew = ({ anchor }: ConnectorSkip): boolean => anchor === undefined || !told.has(anchor);
  return { objects, skips: skips.filter(isNew) };
}

/** Rows without an anchor come under no anchor at all, so they are looked for by themselves. */
async function namelessRows(
  table: ObjectTable, where: Statement,
): Promise<readonly ConnectorSkip[]> {
  if (table.anchor.catalogue.isKey) return [];
  const { session } = table;
  const and: Statement = where.length === 0 ? [] : [" and ", ...where];
  const { rows } = await session.run([
    `${table.select()} where ${table.anchor.quoted} is null`, ...and,
    ` ${session.dialect.limitAny(namelessMax)}`,
  ]);
  return rows.map((row) => {
    const name = table.name.decode(row[table.own.indexOf(table.name)] as SqlCell);
    const object = typeof name === "string" && name !== "" ? name
      : `a row of ${calledRelation(table.relation)}`;
    const reason = `"${table.anchor.name}" has no value`;
    return { object, code: "ANCHOR_MISSING" as const, reason };
  });
}

/** Anchors that several rows share, in every spelling that stands there. */
async function sharedAnchors(table: ObjectTable): Promise<ReadonlySet<string>> {
  // A unique key of one column without nulls is the database's own promise.
  if (table.anchor.catalogue.isKey) return new Set();
  const { session, anchor } = table;
  const { rows } = await session.run([
    `select ${anchor.selected} from ${table.from()} where ${anchor.quoted} in (`
      + `select ${anchor.quoted} from ${table.from()} group by ${anchor.quoted}`
      + ` having count(*) > 1) ${session.dialect.limitAny(duplicatesMax + 1)}`,
  ]);
  if (rows.length > duplicatesMax) {
    const what = `more than ${duplicatesMax} rows share an "${anchor.name}"`;
    throw misconfigured(`${what}: it is no anchor`);
  }
  return new Set(rows.flatMap(([cell]) => table.anchorText(cell ?? null) ?? []));
}
