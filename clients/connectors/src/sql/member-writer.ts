import {
  ConnectorError, type ConnectorWrite, type ObjectKind, type WriteResult,
} from "../connector.js";
import { chunks } from "../chunks.js";
import type { SqlColumn } from "./column.js";
import { textOf, type MemberTable } from "./member-table.js";
import { gone, type ObjectWriter } from "./object-writer.js";
import type { SqlCell } from "./session.js";
import { joined, type BoundValue, type Statement } from "./statement.js";
import { memberTemplates } from "./template-names.js";
import type { Template } from "./templates.js";
import { inTransaction } from "./transaction.js";

type MembersWrite = Extract<ConnectorWrite, { readonly operation: "members" }>;

/** Values of one statement; SQL Server takes 2,100. */
const valuesAtOnce = 500;

/** Adds and removes members of one group at a time, under the lock of the group's own row. */
export class MemberWriter {
  private readonly table: MemberTable;
  private readonly writers: ReadonlyMap<ObjectKind, ObjectWriter>;
  private readonly add: Template | undefined;
  private readonly remove: Template | undefined;

  /** Throws ConnectorError `MISCONFIGURED`. */
  constructor(table: MemberTable, writers: ReadonlyMap<ObjectKind, ObjectWriter>) {
    this.table = table;
    this.writers = writers;
    const { add, remove } = memberTemplates(table);
    this.add = add;
    this.remove = remove;
  }

  /** Throws ConnectorError. */
  async perform(write: MembersWrite): Promise<WriteResult> {
    const groups = this.writers.get("group") as ObjectWriter;
    return inTransaction(this.table.session, groups.begin, async () => {
      const found = await groups.findLocked(write.anchor);
      if (found === undefined) throw gone();
      const group = this.table.group.bind(found.anchor.cell);
      const adding = await this.missing(group, await this.cellsOf(write.add, true), true);
      const removing = await this.missing(group, await this.cellsOf(write.remove, false), false);
      await this.insert(group, adding);
      await this.delete(group, removing);
      if (adding.length + removing.length > 0) return { id: write.id, ok: true };
      return { id: write.id, ok: true, already: true };
    });
  }

  /** What stands in the member's column for each of these, who may be named by anchor or name. */
  private async cellsOf(
    members: readonly string[], isDemanded: boolean,
  ): Promise<readonly SqlCell[]> {
    const wanted = new Map(members.map((member) => [member, undefined as SqlCell | undefined]));
    for (const writer of this.writers.values()) {
      const { anchor, name } = writer.table;
      for (const column of anchor === name ? [anchor] : [anchor, name]) {
        const open = [...wanted].flatMap(([member, cell]) => (cell === undefined ? [member] : []));
        for (const part of chunks(open, valuesAtOnce)) {
          await this.look(writer, column, part, wanted);
        }
      }
    }
    return [...wanted].flatMap(([member, found]) => {
      const cell = found ?? (isDemanded ? undefined : this.memberCell(member));
      if (cell !== undefined) return [cell];
      // Who is nobody any more cannot be a member either.
      if (!isDemanded) return [];
      throw new ConnectorError("skip", "VALUE_INVALID", "a member is nobody who is configured");
    });
  }

  private async look(
    writer: ObjectWriter, column: SqlColumn, members: readonly string[],
    wanted: Map<string, SqlCell | undefined>,
  ): Promise<void> {
    const { table } = writer;
    const { anchor, name } = table;
    const list = members.flatMap((member): Statement[] => {
      const cell = writer.cellOf(column, member);
      return cell === undefined || cell === null ? [] : [[column.bind(cell)]];
    });
    if (list.length === 0) return;
    const { rows } = await table.session.run([
      `select ${anchor.selected}, ${name.selected} from ${table.from()}`,
      ` where ${column.quoted} in (`, ...joined(list, ", "), ")",
    ], "write");
    for (const [anchorCell = null, nameCell = null] of rows) {
      const [anchorText, nameText] = [textOf(anchor, anchorCell), textOf(name, nameCell)];
      const spelled = column === anchor ? anchorText : nameText;
      const stands = this.table.settings.memberIs === "anchor" ? anchorText : nameText;
      if (spelled === undefined || stands === undefined || !wanted.has(spelled)) continue;
      const cell = this.memberCell(stands);
      if (cell !== undefined) wanted.set(spelled, cell);
    }
  }

  private memberCell(text: string): SqlCell | undefined {
    return (this.writers.get("group") as ObjectWriter).cellOf(this.table.member, text);
  }

  /** Of these those who are not in yet, or those who are. */
  private async missing(
    group: BoundValue, cells: readonly SqlCell[], isAdding: boolean,
  ): Promise<readonly SqlCell[]> {
    const { session, member } = this.table;
    const present = new Set<string>();
    for (const part of chunks(cells, valuesAtOnce)) {
      const { rows } = await session.run([
        `select ${member.selected} from ${this.table.from()} where ${this.table.group.quoted} = `,
        group, ` and ${member.quoted} in (`, ...this.list(part), ")",
      ], "write");
      for (const [cell = null] of rows) present.add(textOf(member, cell) ?? "");
    }
    const each = new Map(cells.map((cell) => [textOf(member, cell) ?? "", cell]));
    return [...each].flatMap(([text, cell]) => (present.has(text) === isAdding ? [] : [cell]));
  }

  private async insert(group: BoundValue, cells: readonly SqlCell[]): Promise<void> {
    if (this.add !== undefined) return this.each(this.add, group, cells);
    for (const part of chunks(cells, valuesAtOnce)) {
      const rows = part.map((cell): Statement =>
        ["(", { cell: group.cell }, ", ", this.table.member.bindWritten(cell), ")"]);
      await this.table.session.run([
        `insert into ${this.demandTable()} (${this.table.group.quoted}, `
          + `${this.table.member.quoted}) values `, ...joined(rows, ", "),
      ], "write");
    }
  }

  private async delete(group: BoundValue, cells: readonly SqlCell[]): Promise<void> {
    if (this.remove !== undefined) return this.each(this.remove, group, cells);
    for (const part of chunks(cells, valuesAtOnce)) {
      await this.table.session.run([
        `delete from ${this.demandTable()} where ${this.table.group.quoted} = `, group,
        ` and ${this.table.member.quoted} in (`, ...this.list(part), ")",
      ], "write");
    }
  }

  private async each(
    template: Template, group: BoundValue, cells: readonly SqlCell[],
  ): Promise<void> {
    for (const cell of cells) {
      const member = this.table.member.bind(cell);
      const statement = template.map((part) =>
        (typeof part === "string" ? part : part.parameter === "_group" ? group : member));
      await this.table.session.run(statement, "write");
    }
  }

  private list(cells: readonly SqlCell[]): Statement {
    return joined(cells.map((cell): Statement => [this.table.member.bind(cell)]), ", ");
  }

  private demandTable(): string {
    if (this.table.relation.table !== undefined) return this.table.from();
    const message = "members are read by a query, and no statement says how to write them";
    throw new ConnectorError("skip", "PERMISSION_DENIED", message);
  }
}
