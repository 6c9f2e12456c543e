import { ConnectorError } from "../connector.js";
import { chunks } from "../chunks.js";
import { hashOf, rejected } from "../delta-tokens.js";
import type { LogSettings } from "./change-settings.js";
import { SqlColumn } from "./column.js";
import type { ObjectTable } from "./object-table.js";
import { readPages } from "./read.js";
import { calledRelation, fromText } from "./relation.js";
import type { SqlCell, SqlRow } from "./session.js";
import { joined, type Statement } from "./statement.js";
import type { LogPosition } from "./sql-token.js";
import type { ChangedObjects } from "./watermark.js";

const anchorsAtOnce = 500;

interface LogEntry {
  readonly sequence: string;
  readonly anchor: string;
  readonly isDeletion: boolean;
  /** Stands for the row. */
  readonly mark: string;
}

/**
 * A table with a row for each change, numbered as they began. A row may come to be seen after one
 * with a greater number, so some numbers behind the last are looked at again. Whoever is named is
 * read anew: who is not there any more went.
 */
export class ChangeLog {
  /** What the next report starts from; there once everything was taken. */
  position: LogPosition | undefined;

  private readonly table: ObjectTable;
  private readonly settings: LogSettings;
  private readonly columns: readonly [SqlColumn, SqlColumn, SqlColumn];

  private constructor(
    table: ObjectTable, settings: LogSettings, columns: readonly [SqlColumn, SqlColumn, SqlColumn],
  ) {
    this.table = table;
    this.settings = settings;
    this.columns = columns;
  }

  /** Throws ConnectorError `COLUMN_MISSING`, `MISCONFIGURED`, and what the database says. */
  static async open(table: ObjectTable, settings: LogSettings): Promise<ChangeLog> {
    const { session } = table;
    const relation = { table: settings.table };
    const catalogue = await session.dialect.columns(session, relation);
    const columns = [settings.sequence, settings.anchor, settings.operation].map((name) => {
      const found = catalogue.find((column) => column.name === name);
      if (found !== undefined) return new SqlColumn(session.dialect, found);
      const message = `column "${name}" is missing in ${calledRelation(relation)}`;
      throw new ConnectorError("stop", "COLUMN_MISSING", message);
    }) as [SqlColumn, SqlColumn, SqlColumn];
    if (columns[0].type !== "integer") {
      const message = `"${settings.sequence}" of ${calledRelation(relation)} is no whole number`;
      throw new ConnectorError("stop", "MISCONFIGURED", message);
    }
    return new ChangeLog(table, settings, columns);
  }

  /** What changed since; with no position, nothing. Throws `DELTA_TOKEN_REJECTED`. */
  async *since(last: LogPosition | undefined): AsyncGenerator<ChangedObjects> {
    const end = await this.last();
    if (last !== undefined) await this.demandSame(last, end);
    const seen = new Set<string>();
    const known = new Set(last?.seen);
    const from = behind(last === undefined ? end?.sequence : last.at, this.settings.overlap);
    const newestSeen = behind(end?.sequence, this.settings.overlap);
    for await (const entries of this.pages(from)) {
      for (const { sequence } of entries) {
        if (newestSeen === null || BigInt(sequence) > BigInt(newestSeen)) seen.add(sequence);
      }
      const fresh = last === undefined ? []
        : entries.filter(({ sequence }) => !known.has(sequence));
      const latest = new Map(fresh.map((entry) => [entry.anchor, entry]));
      for (const part of chunks([...latest.values()], anchorsAtOnce)) yield* this.read(part);
    }
    this.position = {
      way: "log", at: end?.sequence ?? null, mark: end?.mark ?? "", seen: [...seen],
    };
  }

  /** Who is named, as they are now. */
  private async *read(entries: readonly LogEntry[]): AsyncGenerator<ChangedObjects> {
    const { anchor } = this.table;
    const open = new Map(entries.map((entry) => [entry.anchor, entry]));
    const list = entries.flatMap((entry): Statement[] => {
      const cell = this.cellOf(entry.anchor);
      return cell === undefined ? [] : [[anchor.bind(cell)]];
    });
    if (list.length > 0) {
      const where: Statement = [`${anchor.quoted} in (`, ...joined(list, ", "), ")"];
      for await (const page of readPages(this.table, where)) {
        for (const each of [...page.objects, ...page.skips]) open.delete(each.anchor ?? "");
        yield { ...page, gone: [] };
      }
    }
    const isTable = this.table.relation.table !== undefined;
    const gone = [...open.values()].map((entry) => ({
      anchor: entry.anchor,
      because: isTable || entry.isDeletion ? "deleted" as const : "outOfScope" as const,
    }));
    yield { objects: [], skips: [], gone };
  }

  private cellOf(text: string): SqlCell | undefined {
    try {
      return this.table.anchor.encode(text);
    } catch (error) {
      if (error instanceof ConnectorError && error.kind === "skip") return undefined;
      throw error;
    }
  }

  private async last(): Promise<LogEntry | undefined> {
    const { session } = this.table;
    const [sequence] = this.columns;
    const { rows } = await session.run([
      `${this.select} order by ${sequence.quoted} desc ${session.dialect.limit(1)}`,
    ]);
    return rows[0] === undefined ? undefined : this.entryOf(rows[0]);
  }

  /** The row of the position must still be the one that it was: nothing was cut or restored. */
  private async demandSame(last: LogPosition, end: LogEntry | undefined): Promise<void> {
    if (last.at === null) return;
    const [sequence] = this.columns;
    const { rows } = await this.table.session.run([
      `${this.select} where ${sequence.quoted} = `, sequence.bind(last.at),
    ]);
    const [row] = rows;
    if (end !== undefined && row !== undefined && this.entryOf(row).mark === last.mark) return;
    const where = calledRelation({ table: this.settings.table });
    throw rejected(`${where} has not the row any more that was its last`);
  }

  private async *pages(from: string | null): AsyncGenerator<readonly LogEntry[]> {
    const { session } = this.table;
    const { pageSize } = session.configuration;
    const [sequence] = this.columns;
    for (let after = from; ;) {
      const where: Statement = after === null ? []
        : [` where ${sequence.quoted} > `, sequence.bind(after)];
      const { rows } = await session.run([
        this.select, ...where, ` order by ${sequence.quoted} ${session.dialect.limit(pageSize)}`,
      ]);
      const entries = rows.map((row) => this.entryOf(row));
      yield entries;
      if (rows.length < pageSize) return;
      after = (entries.at(-1) as LogEntry).sequence;
    }
  }

  private get select(): string {
    const list = this.columns.map((column) => column.selected).join(", ");
    return `select ${list} from ${fromText(this.table.session.dialect, {
      table: this.settings.table,
    })}`;
  }

  private entryOf(row: SqlRow): LogEntry {
    const [sequence = "", anchor = "", operation = ""] = this.columns.map((column, at) =>
      String(column.decode(row[at] as SqlCell) ?? ""));
    return {
      sequence, anchor, isDeletion: this.settings.deleted.includes(operation),
      mark: hashOf(JSON.stringify([sequence, anchor, operation])),
    };
  }
}

function behind(sequence: string | null | undefined, overlap: number): string | null {
  return sequence === null || sequence === undefined ? null
    : String(BigInt(sequence) - BigInt(overlap));
}
