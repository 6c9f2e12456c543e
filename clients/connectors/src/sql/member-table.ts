import {
  ConnectorError, type ConnectorMember, type ConnectorSkip, type ReadBatch, type ReadOptions,
} from "../connector.js";
import { chunks } from "../chunks.js";
import { SqlColumn } from "./column.js";
import type { SqlMembers } from "./configuration.js";
import { calledRelation, fromText } from "./relation.js";
import { relationOf, type SqlRelation } from "./relation-settings.js";
import type { SqlCell, SqlRow, SqlSession } from "./session.js";
import type { Statement } from "./statement.js";

/** Where memberships stand: one row each. */
export class MemberTable {
  readonly session: SqlSession;
  readonly settings: SqlMembers;
  readonly relation: SqlRelation;
  readonly group: SqlColumn;
  readonly member: SqlColumn;

  private constructor(
    session: SqlSession, settings: SqlMembers, group: SqlColumn, member: SqlColumn,
  ) {
    this.session = session;
    this.settings = settings;
    this.relation = relationOf(settings);
    this.group = group;
    this.member = member;
  }

  /** Throws ConnectorError `COLUMN_MISSING`, and what the database says. */
  static async open(session: SqlSession, settings: SqlMembers): Promise<MemberTable> {
    const catalogue = await session.dialect.columns(session, relationOf(settings));
    const [group, member] = [settings.group, settings.member].map((name) => {
      const found = catalogue.find((column) => column.name === name);
      if (found !== undefined) return new SqlColumn(session.dialect, found);
      const where = calledRelation(relationOf(settings));
      throw new ConnectorError("stop", "COLUMN_MISSING", `column "${name}" is missing in ${where}`);
    });
    return new MemberTable(session, settings, group as SqlColumn, member as SqlColumn);
  }

  from(): string {
    return fromText(this.session.dialect, this.relation);
  }
}

/** All memberships, or those that `where` asks for, page by page. Throws ConnectorError. */
export async function* memberBatches(
  table: MemberTable, { batchSizeMax }: ReadOptions, where: Statement = [],
): AsyncGenerator<Exclude<ReadBatch, { readonly type: "objects" }>> {
  for await (const rows of memberPages(table, where)) {
    const members: ConnectorMember[] = [];
    const skips: ConnectorSkip[] = [];
    for (const [groupCell = null, memberCell = null] of rows) {
      const [group, member] = [textOf(table.group, groupCell), textOf(table.member, memberCell)];
      if (group !== undefined && member !== undefined) members.push({ group, member });
      else {
        const object = `a row of ${calledRelation(table.relation)}`;
        skips.push({ object, code: "ANCHOR_MISSING", reason: "group or member has no value" });
      }
    }
    for (const part of chunks(members, batchSizeMax)) yield { type: "members", members: part };
    for (const part of chunks(skips, batchSizeMax)) yield { type: "skips", skips: part };
  }
}

async function* memberPages(
  table: MemberTable, where: Statement,
): AsyncGenerator<readonly SqlRow[]> {
  const { session, group, member } = table;
  const { pageSize } = session.configuration;
  const select = `select ${group.selected}, ${member.selected} from ${table.from()} where `;
  const and: Statement = where.length === 0 ? [] : [" and ", ...where];
  const nulls = `(${group.quoted} is null or ${member.quoted} is null)`;
  const nameless = await session.run([
    select + nulls, ...and, ` ${session.dialect.limitAny(1_000)}`,
  ]);
  yield nameless.rows;
  let after: SqlRow | undefined;
  for (;;) {
    const { rows }: { rows: readonly SqlRow[] } = await session.run([
      `${select}not ${nulls}`, ...and, ...(after === undefined ? [] : behind(table, after)),
      ` order by ${group.quoted}, ${member.quoted} ${session.dialect.limit(pageSize)}`,
    ]);
    yield rows;
    if (rows.length < pageSize) return;
    after = rows.at(-1);
  }
}

/** A row with its two columns greater, one after the other; written so that an index serves it. */
function behind({ group, member }: MemberTable, [first = null, second = null]: SqlRow): Statement {
  return [
    ` and ${group.quoted} >= `, group.bind(first), ` and (${group.quoted} > `, group.bind(first),
    ` or ${member.quoted} > `, member.bind(second), ")",
  ];
}

export function textOf(column: SqlColumn, cell: SqlCell): string | undefined {
  const value = column.decode(cell);
  return value === null || value === undefined || value === "" ? undefined : String(value);
}
