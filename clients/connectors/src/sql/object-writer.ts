import {
  ConnectorError, type ConnectorObject, type ConnectorValue, type ConnectorWrite, type WriteResult,
} from "../connector.js";
import { ChildReader } from "./child-reader.js";
import type { SqlColumn } from "./column.js";
import type { MemberTable } from "./member-table.js";
import type { ObjectTable } from "./object-table.js";
import { calledRelation } from "./relation.js";
import { RowWriter, type RowCells } from "./row-writer.js";
import type { SqlCell, SqlRow } from "./session.js";
import type { BoundValue } from "./statement.js";
import { inTransaction } from "./transaction.js";

type CreateWrite = Extract<ConnectorWrite, { readonly operation: "create" }>;
type UpdateWrite = Extract<ConnectorWrite, { readonly operation: "update" }>;
type DeleteWrite = Extract<ConnectorWrite, { readonly operation: "delete" }>;

/** A row as it is, locked where the database can, and the object that it is. */
export interface FoundRow {
  readonly row: SqlRow;
  readonly anchor: BoundValue;
  readonly object: ConnectorObject;
}

/** Writes objects of one kind, each in a transaction. Throws ConnectorError. */
export class ObjectWriter {
  readonly table: ObjectTable;

  private readonly members: MemberTable | undefined;
  private readonly rows: RowWriter;
  private readonly children: ChildReader;

  constructor(table: ObjectTable, members: MemberTable | undefined) {
    this.table = table;
    this.members = members;
    this.rows = new RowWriter(table);
    this.children = new ChildReader(table);
  }

  perform(write: CreateWrite | UpdateWrite | DeleteWrite): Promise<WriteResult> {
    switch (write.operation) {
      case "create":
        return this.create(write);
      case "update":
        return inTransaction(this.table.session, this.begin, () => this.update(write));
      case "delete":
        return inTransaction(this.table.session, this.begin, () => this.delete(write));
    }
  }

  /** Rows of a table are locked one by one; those of a query only a serial order keeps. */
  get begin(): readonly string[] {
    const { dialect } = this.table.session;
    return this.table.relation.table === undefined ? dialect.beginSerial : dialect.beginWrite;
  }

  /** The row of an anchor, locked; undefined when there is none. Throws `ANCHOR_DUPLICATE`. */
  async findLocked(anchor: string): Promise<FoundRow | undefined> {
    const cell = this.cellOf(this.table.anchor, anchor);
    return cell === undefined ? undefined : this.find(this.table.anchor, cell, true, anchor);
  }

  /** The cell of a key, undefined for what the column cannot hold. */
  cellOf(column: SqlColumn, text: string): SqlCell | undefined {
    try {
      return column.encode(text);
    } catch (error) {
      if (error instanceof ConnectorError && error.kind === "skip") return undefined;
      throw error;
    }
  }

  private async create(write: CreateWrite): Promise<WriteResult> {
    const { session } = this.table;
    const cells = this.cellsOf(write);
    const keys = this.keysOf(write, cells);
    // What no unique key guards is guarded by a name that only one may hold at a time.
    const locks = keys.filter(([column]) => !column.catalogue.isKey)
      .map(([column, cell]) => `${this.table.from()} ${column.quoted} ${String(cell)}`).sort();
    try {
      return await inTransaction(session, this.begin, async () => {
        for (const name of locks) await session.dialect.lockName(session, name);
        const there = await this.findAny(keys);
        if (there !== undefined) return this.alreadyThere(write, there);
        await this.rows.insert(cells, { _id: { cell: write.id } });
        return { id: write.id, ok: true, object: await this.finish(write, keys) };
      });
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.code !== "VALUE_TAKEN") throw error;
      // Somebody was faster, or has one of the other values that only one may have.
      const there = await this.findAny(keys);
      if (there === undefined) throw error;
      return this.alreadyThere(write, there);
    } finally {
      if (!session.isBroken) {
        for (const name of locks) await session.dialect.unlockName(session, name);
      }
    }
  }

  /** Values of other tables, and the object as it now is. */
  private async finish(
    write: CreateWrite, keys: readonly (readonly [SqlColumn, SqlCell])[],
  ): Promise<ConnectorObject> {
    const [[column, cell]] = keys as [[SqlColumn, SqlCell]];
    const made = await this.find(column, cell, false);
    if (made === undefined) {
      const message = `the new row is not found again by "${column.name}"; idColumn would find it`;
      throw new ConnectorError("skip", "VALUE_INVALID", message);
    }
    if (this.table.children.length === 0) return made.object;
    for (const child of this.table.children) {
      const value = write.attributes[child.name];
      if (value === undefined) continue;
      await this.rows.setChildren(child, made.anchor.cell, [], child.encodeEach(value));
    }
    return (await this.find(this.table.anchor, made.anchor.cell, false) ?? made).object;
  }

  private cellsOf(write: CreateWrite): RowCells {
    const { table } = this;
    const cells = new Map<SqlColumn, SqlCell>();
    for (const [name, value] of Object.entries(write.attributes)) {
      const column = table.column(name);
      this.demandWritable(column);
      if (column.child !== undefined) column.encodeEach(value);
      else cells.set(column, column.encode(value));
    }
    if (write.enabled !== undefined) {
      const column = this.stateColumn();
      cells.set(column, column.encode(table.stateFor(write.enabled)));
    }
    if (table.id !== undefined) cells.set(table.id, table.id.encode(write.id));
    return cells;
  }

  /** By what the new row is known, the surest first. Throws `VALUE_INVALID` where there is none. */
  private keysOf(
    write: CreateWrite, cells: RowCells,
  ): readonly (readonly [SqlColumn, SqlCell])[] {
    const { id, anchor, name } = this.table;
    const keys = new Map<SqlColumn, SqlCell>();
    for (const column of [id, anchor, name]) {
      const cell = column === undefined ? undefined : cells.get(column);
      if (column !== undefined && cell !== undefined && cell !== null && cell !== "") {
        keys.set(column, cell);
      }
    }
    if (keys.size > 0) return [...keys];
    const message = `a new ${write.kind} needs "${anchor.name}" or "${name.name}"`;
    throw new ConnectorError("skip", "VALUE_INVALID", message);
  }

  private async findAny(
    keys: readonly (readonly [SqlColumn, SqlCell])[],
  ): Promise<(FoundRow & { readonly by: SqlColumn }) | undefined> {
    for (const [column, cell] of keys) {
      const found = await this.find(column, cell, false);
      if (found !== undefined) return { ...found, by: column };
    }
    return undefined;
  }

  /** Ours by its id, or because it has everything that is asked for; else somebody else's. */
  private alreadyThere(
    write: CreateWrite, { object, by }: FoundRow & { readonly by: SqlColumn },
  ): WriteResult {
    const { table } = this;
    const isOurs = by === table.id || (table.id === undefined
      && Object.entries(write.attributes).every(([name, value]) => {
        const column = table.column(name);
        return column.key(value) === column.key(object.attributes[name] ?? null);
      })
      && (write.enabled === undefined || write.enabled === object.enabled));
    if (isOurs) return { id: write.id, ok: true, already: true, object };
    const message = `"${by.name}" belongs to another ${write.kind}`;
    throw new ConnectorError("skip", "OBJECT_EXISTS", message);
  }

  private async update(write: UpdateWrite): Promise<WriteResult> {
    const { table } = this;
    const found = await this.findLocked(write.anchor);
    if (found === undefined) throw gone();
    const changed = new Map<SqlColumn, ConnectorValue | null>();
    for (const [name, { before, after }] of Object.entries(write.changes)) {
      const column = table.column(name);
      const now = column.key(found.object.attributes[name] ?? null);
      if (column.key(after) === now) continue;
      if (before !== undefined && column.key(before) !== now) {
        throw new ConnectorError("skip", "OBJECT_CHANGED", `"${name}" is not what it was`);
      }
      this.demandWritable(column);
      changed.set(column, after);
    }
    if (write.enabled !== undefined && write.enabled !== found.object.enabled) {
      changed.set(this.stateColumn(), table.stateFor(write.enabled));
    } else if (write.enabled !== undefined) this.stateColumn();
    if (changed.size === 0) return { id: write.id, ok: true, already: true, object: found.object };
    return { id: write.id, ok: true, object: await this.change(found, changed) };
  }

  private async change(
    found: FoundRow, changed: ReadonlyMap<SqlColumn, ConnectorValue | null>,
  ): Promise<ConnectorObject> {
    const { table } = this;
    const cells = new Map(table.own.map((column, at) => [column, found.row[at] as SqlCell]));
    const own = [...changed.keys()].filter((column) => column.child === undefined);
    for (const column of own) cells.set(column, column.encode(changed.get(column) ?? null));
    if (own.length > 0) await this.rows.update(cells, own, { _anchor: found.anchor });
    const anchor = cells.get(table.anchor) ?? null;
    for (const column of table.children) {
      const after = changed.get(column);
      if (after === undefined) continue;
      const now = column.encodeEach(found.object.attributes[column.name] ?? null);
      await this.rows.setChildren(column, anchor, now, column.encodeEach(after));
    }
    const now = await this.find(table.anchor, anchor, false);
    if (now !== undefined) return now.object;
    const message = "after the change the row is not found by its anchor any more";
    throw new ConnectorError("skip", "VALUE_INVALID", message);
  }

  private async delete(write: DeleteWrite): Promise<WriteResult> {
    const { table, members } = this;
    const found = await this.findLocked(write.anchor);
    if (found === undefined) return { id: write.id, ok: true, already: true };
    for (const column of table.children) {
      const now = column.encodeEach(found.object.attributes[column.name] ?? null);
      await this.rows.setChildren(column, found.anchor.cell, now, []);
    }
    if (members?.relation.table !== undefined) {
      await table.session.run([
        `delete from ${members.from()} where ${members.group.quoted} = `,
        members.group.bind(found.anchor.cell),
      ], "write");
    }
    const cells = new Map(table.own.map((column, at) => [column, found.row[at] as SqlCell]));
    await this.rows.delete(cells, { _anchor: found.anchor });
    return { id: write.id, ok: true };
  }

  /** With `spelled`, what the database takes for the same and is written otherwise is not it. */
  private async find(
    column: SqlColumn, cell: SqlCell, isLocked: boolean, spelled?: string,
  ): Promise<FoundRow | undefined> {
    const { table } = this;
    const { dialect } = table.session;
    const isRow = isLocked && table.relation.table !== undefined;
    const { rows } = await table.session.run([
      `${table.select(isRow ? dialect.lock.table : "")} where ${column.quoted} = `,
      column.bind(cell), ` ${dialect.limitAny(2)} ${isRow ? dialect.lock.end : ""}`,
    ], "write");
    const [row, second] = rows;
    if (row === undefined) return undefined;
    if (second !== undefined) {
      const reason = `several rows of ${calledRelation(table.relation)} share "${column.name}"`;
      throw new ConnectorError("skip", "ANCHOR_DUPLICATE", reason);
    }
    const anchor = table.anchorCell(row);
    const text = table.anchorText(anchor);
    if (spelled !== undefined && text !== spelled) return undefined;
    const children = await this.children.read([anchor]);
    const object = table.read(row, children.get(text ?? ""));
    if ("code" in object) throw new ConnectorError("skip", object.code, object.reason);
    return { row, anchor: table.anchor.bind(anchor), object };
  }

  private demandWritable(column: SqlColumn): void {
    if (!column.isReadOnly) return;
    const message = `"${column.name}" is filled by the database alone`;
    throw new ConnectorError("skip", "VALUE_INVALID", message);
  }

  private stateColumn(): SqlColumn {
    if (this.table.enabled !== undefined) return this.table.enabled;
    throw new ConnectorError("skip", "VALUE_INVALID", "no column for enabled is configured");
  }
}

export function gone(): ConnectorError {
  return new ConnectorError("skip", "OBJECT_GONE", "no row has its anchor");
}
