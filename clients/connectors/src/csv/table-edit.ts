import {
  ConnectorError,
  type ConnectorObject,
  type ConnectorWrite,
  type WriteResult,
} from "../connector.js";
import { scalarFromText } from "../values/scalars.js";
import type { CsvConfiguration } from "./configuration.js";
import type { Edition } from "./edition.js";
import { splitMembers, type KindTable } from "./read.js";
import { RowMapper } from "./row-mapper.js";
import { RowWriter } from "./row-writer.js";

type Write<Operation extends ConnectorWrite["operation"]> =
  Extract<ConnectorWrite, { readonly operation: Operation }>;

export type TableWrite = Write<"create"> | Write<"update"> | Write<"delete">;

/** The objects of one file while it is edited. Every method throws ConnectorError of kind skip. */
export class TableEdit {
  readonly edition: Edition;
  readonly table: KindTable["table"];

  private readonly mapper: RowMapper;
  private readonly writer: RowWriter;

  constructor({ kind, table }: KindTable, configuration: CsvConfiguration, edition: Edition) {
    this.edition = edition;
    this.table = table;
    this.mapper = new RowMapper(kind, table, edition.header, configuration.formulaGuard);
    this.writer = new RowWriter(this.mapper, table, configuration);
  }

  apply(write: TableWrite): WriteResult {
    switch (write.operation) {
      case "create":
        return this.create(write);
      case "update":
        return this.update(write);
      case "delete":
        return this.delete(write);
    }
  }

  /**
   * An account that is there already is taken for an earlier create whose answer was lost only if
   * it has everything that is asked for; any other is somebody else's: `OBJECT_EXISTS`.
   */
  private create(write: Write<"create">): WriteResult {
    const wanted = this.writer.create(write.attributes, write.enabled);
    const anchor = this.mapper.text(wanted[this.mapper.anchorIndex] as string);
    const present = this.found(anchor);
    if (present === undefined) {
      this.edition.put(anchor, wanted);
      return { id: write.id, ok: true, object: this.object(wanted) };
    }
    const asked = Object.keys(write.attributes).map((name) => this.writer.column(name));
    const same = asked.every((column) =>
      this.sameValue(column.name, present[column.index] as string, wanted[column.index] as string));
    const object = this.object(present);
    if (same && (write.enabled === undefined || object.enabled === write.enabled)) {
      return { id: write.id, ok: true, already: true, object };
    }
    throw new ConnectorError("skip", "OBJECT_EXISTS", "its anchor belongs to another row");
  }

  private update(write: Write<"update">): WriteResult {
    const present = this.get(write.anchor);
    const cells = [...present];
    for (const [name, change] of Object.entries(write.changes)) {
      const column = this.writer.column(name);
      if (column.index === this.mapper.anchorIndex) {
        throw new ConnectorError("skip", "VALUE_INVALID", "an anchor never changes");
      }
      const now = cells[column.index] as string;
      const after = this.writer.cell(column, change.after);
      if (this.sameValue(name, now, after)) continue;
      const { before } = change;
      if (before !== undefined && !this.sameValue(name, now, this.writer.cell(column, before))) {
        throw new ConnectorError("skip", "OBJECT_CHANGED", `"${name}" is not what it was`);
      }
      cells[column.index] = after;
    }
    this.writer.setEnabled(cells, write.enabled);
    return this.save(write.id, write.anchor, present, cells);
  }

  private delete(write: Write<"delete">): WriteResult {
    if (this.found(write.anchor) === undefined) return { id: write.id, ok: true, already: true };
    this.edition.remove(write.anchor);
    return { id: write.id, ok: true };
  }

  /** Members that stand in a column of the group's row. */
  members(write: Write<"members">): WriteResult {
    const present = this.get(write.anchor);
    const cells = [...present];
    const now = splitMembers(
      this.table,
      this.mapper.text(cells[this.mapper.membersIndex] as string),
    );
    const gone = new Set(write.remove);
    const wanted = [...new Set([...now, ...write.add])].filter((member) => !gone.has(member));
    if (wanted.length === now.length && wanted.every((member, at) => member === now[at])) {
      return { id: write.id, ok: true, already: true, object: this.object(present) };
    }
    this.writer.setMembers(cells, wanted);
    return this.save(write.id, write.anchor, present, cells);
  }

  /** The object of an anchor. Throws `OBJECT_GONE` or `ANCHOR_DUPLICATE`. */
  getObject(anchor: string): ConnectorObject {
    return this.object(this.get(anchor));
  }

  private save(
    id: string, anchor: string, present: readonly string[], cells: readonly string[],
  ): WriteResult {
    const same = cells.every((cell, at) => cell === present[at]);
    if (same) return { id, ok: true, already: true, object: this.object(present) };
    this.edition.put(anchor, cells);
    return { id, ok: true, object: this.object(cells) };
  }

  private get(anchor: string): readonly string[] {
    const cells = this.found(anchor);
    if (cells === undefined)
      throw new ConnectorError("skip", "OBJECT_GONE", "no row has its anchor");
    return cells;
  }

  private found(anchor: string): readonly string[] | undefined {
    if (this.edition.isRepeated(anchor)) {
      throw new ConnectorError("skip", "ANCHOR_DUPLICATE", "several rows have its anchor");
    }
    return this.edition.find(anchor);
  }

  private object(cells: readonly string[]): ConnectorObject {
    const read = this.mapper.read(cells, 0, false);
    if ("code" in read)
      throw new ConnectorError("skip", read.code, "its row cannot be read as an object");
    return read;
  }

  /**
   * As the type says (`07` is 7, `yes` is true); lists are sets, order and repetition do not count.
   */
  private sameValue(name: string, left: string, right: string): boolean {
    if (left === right) return true;
    const column = this.writer.column(name);
    const canonical = (cell: string): string => {
      const text = this.mapper.text(cell);
      const parts = column.many ? text.split(column.separator) : [text];
      const values = parts.filter((part) => part !== "")
        .map((part) => String(scalarFromText(column.type, part) ?? part));
      return JSON.stringify([...new Set(values)].sort());
    };
    return canonical(left) === canonical(right);
  }
}
