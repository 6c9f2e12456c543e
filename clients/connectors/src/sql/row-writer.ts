import { ConnectorError } from "../connector.js";
import type { SqlColumn } from "./column.js";
import { childFrom, childOwner } from "./child-reader.js";
import type { ObjectTable } from "./object-table.js";
import type { SqlCell } from "./session.js";
import { joined, type BoundValue, type Statement } from "./statement.js";
import { parametersOf, templatesFor, type Operation } from "./template-names.js";
import type { Template } from "./templates.js";

/** Column → cell, of those that stand in the row itself. */
export type RowCells = ReadonlyMap<SqlColumn, SqlCell>;

/** What a statement of the administrator's may name besides columns. */
export interface SpecialValues {
  readonly _anchor?: BoundValue;
  readonly _id?: BoundValue;
}

const rowsAtOnce = 500;

/**
 * Writes rows of one table: by statements that are made of its name and columns, or by those that
 * the settings bring. Values are bound either way.
 */
export class RowWriter {
  private readonly table: ObjectTable;
  private readonly templates: ReadonlyMap<Operation, Template>;

  /** Throws ConnectorError `MISCONFIGURED` for a statement that names what is no column. */
  constructor(table: ObjectTable) {
    this.table = table;
    this.templates = templatesFor(table);
  }

  async insert(cells: RowCells, special: SpecialValues): Promise<void> {
    if (this.templates.has("create")) return this.runTemplate("create", cells, special);
    this.demandTable("create");
    const columns = [...cells.keys()].map((column) => column.quoted).join(", ");
    const values = [...cells].map(([column, cell]): Statement => [column.bindWritten(cell)]);
    await this.demandOne([
      `insert into ${this.table.from()} (${columns}) values (`, ...joined(values, ", "), ")",
    ]);
  }

  /** `changed` of `cells`, which are those of the whole row as it shall be. */
  async update(
    cells: RowCells, changed: readonly SqlColumn[],
    special: Required<Pick<SpecialValues, "_anchor">>,
  ): Promise<void> {
    const template = this.templates.get("update");
    if (template !== undefined) {
      const named = new Set(parametersOf(template).map(({ parameter }) => parameter));
      const left = changed.find((column) => !named.has(column.name));
      if (left === undefined) return this.runTemplate("update", cells, special);
      const message = `the statement for update does not write "${left.name}"`;
      throw new ConnectorError("skip", "VALUE_INVALID", message);
    }
    this.demandTable("update");
    const sets = changed.map((column): Statement =>
      [`${column.quoted} = `, column.bindWritten(cells.get(column) ?? null)]);
    await this.demandOne([
      `update ${this.table.from()} set `, ...joined(sets, ", "),
      ` where ${this.table.anchor.quoted} = `, special._anchor,
    ]);
  }

  async delete(cells: RowCells, special: Required<Pick<SpecialValues, "_anchor">>): Promise<void> {
    if (this.templates.has("delete")) return this.runTemplate("delete", cells, special);
    this.demandTable("delete");
    const { anchor } = this.table;
    await this.demandOne([
      `delete from ${this.table.from()} where ${anchor.quoted} = `, special._anchor,
    ]);
  }

  /** Makes the rows of a child table those of the values. */
  async setChildren(
    column: SqlColumn, owner: SqlCell, now: readonly SqlCell[], after: readonly SqlCell[],
  ): Promise<void> {
    const { session } = this.table;
    const from = childFrom(this.table, column);
    const ownerName = session.dialect.quote(column.child?.owner.name ?? "");
    const gone = without(now, after);
    const added = without(after, now);
    for (let at = 0; at < gone.length; at += rowsAtOnce) {
      const list = gone.slice(at, at + rowsAtOnce).map((cell): Statement => [column.bind(cell)]);
      await session.run([
        `delete from ${from} where ${ownerName} = `, childOwner(column, owner),
        ` and ${column.quoted} in (`, ...joined(list, ", "), ")",
      ], "write");
    }
    for (let at = 0; at < added.length; at += rowsAtOnce) {
      const rows = added.slice(at, at + rowsAtOnce).map((cell): Statement =>
        ["(", { cell: owner }, ", ", column.bindWritten(cell), ")"]);
      await session.run([
        `insert into ${from} (${ownerName}, ${column.quoted}) values `, ...joined(rows, ", "),
      ], "write");
    }
  }

  private async runTemplate(
    operation: Operation, cells: RowCells, special: SpecialValues,
  ): Promise<void> {
    const template = this.templates.get(operation) as Template;
    const statement = template.map((part): string | BoundValue => {
      if (typeof part === "string") return part;
      if (part.parameter in special) return special[part.parameter as "_anchor"] as BoundValue;
      const column = this.table.own.find((each) => each.name === part.parameter);
      return column === undefined ? { cell: null } : column.bindWritten(cells.get(column) ?? null);
    });
    if (/^(insert|update|delete)$/.test(firstWord(template))) return this.demandOne(statement);
    // What a procedure did shows when the row is looked for.
    await this.table.session.run(statement, "write");
  }

  /** A statement that writes more than the one row it is about is undone, and everything stops. */
  private async demandOne(statement: Statement): Promise<void> {
    const { affected } = await this.table.session.run(statement, "write");
    if (affected === 1) return;
    if (affected === 0) throw new ConnectorError("skip", "VALUE_INVALID", "no row was written");
    const message = `a statement for one row wrote ${affected}; it was undone`;
    throw new ConnectorError("stop", "MISCONFIGURED", message);
  }

  private demandTable(operation: Operation): void {
    if (this.table.relation.table !== undefined) return;
    const message = `a query is read, and no statement says how to ${operation}`;
    throw new ConnectorError("skip", "PERMISSION_DENIED", message);
  }
}

function firstWord(template: Template): string {
  const word = template.find((part) => typeof part === "string" && /^\w+$/.test(part));
  return typeof word === "string" ? word.toLowerCase() : "";
}

function without(cells: readonly SqlCell[], others: readonly SqlCell[]): readonly SqlCell[] {
  const left = new Set(others.map(cellKey));
  return cells.filter((cell) => !left.has(cellKey(cell)));
}

function cellKey(cell: SqlCell): string {
  return Buffer.isBuffer(cell) ? `bytes ${cell.toString("base64")}` : `text ${String(cell)}`;
}
