import { requireBatch } from "../batch-limit.js";
import {
  ConnectorError, type ConnectorWrite, type WriteResult, type Writes,
} from "../connector.js";
import { refusalOf } from "../refusal.js";
import { attemptsMax, contended, EditableFile, type Edition } from "./edition.js";
import { resolveBelow } from "./files.js";
import type { KeyOf } from "./file-index.js";
import { lockFile, type FileLock } from "./lock.js";
import { MemberFile } from "./member-file.js";
import { newHeader } from "./new-file.js";
import { tablesOf, textReader, type CsvPlace, type KindTable } from "./read.js";
import { columnIndex } from "./row-mapper.js";
import { rowBytes } from "./row-writer.js";
import { TableEdit } from "./table-edit.js";

/** One file of objects, with the file of its members where it has one. */
interface WritableTable extends KindTable {
  readonly file: EditableFile;
  readonly members: MemberFile | undefined;
}

/**
 * Writes to CSV files. A batch locks the files it touches, finds its rows through an index that
 * is kept from batch to batch, and replaces each file once; so a batch costs one copy of the file
 * and no parse of it.
 */
export class CsvWriter implements Writes {
  readonly writeBatchMax = 10_000;

  private readonly place: CsvPlace;
  private readonly tables: readonly WritableTable[];
  private queue: Promise<unknown> = Promise.resolve();

  constructor(place: CsvPlace) {
    this.place = place;
    this.tables = tablesOf(place.configuration).map((each) => ({
      ...each,
      file: objectFile(place, each),
      members: each.table.members === undefined ? undefined
        : new MemberFile(place, each.table.members),
    }));
  }

  /** Throws ConnectorError of kind stop, or retry `CONNECTOR_BUSY` with nothing answered. */
  write(writes: readonly ConnectorWrite[], signal: AbortSignal): Promise<readonly WriteResult[]> {
    const turn = this.queue.then(() => this.writeBatch(writes, signal));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  private async writeBatch(
    writes: readonly ConnectorWrite[], signal: AbortSignal,
  ): Promise<readonly WriteResult[]> {
    requireBatch(writes, this.writeBatchMax);
    const results = new Map<ConnectorWrite, WriteResult>();
    for (const table of this.tables) {
      const own = writes.filter((write) => kindOf(write) === table.kind);
      if (own.length > 0) await this.writeTable(table, own, results, signal);
    }
    return writes.map((write) => results.get(write) ?? refusalOf(write, noSuchKind(kindOf(write))));
  }

  private async writeTable(
    table: WritableTable, writes: readonly ConnectorWrite[],
    results: Map<ConnectorWrite, WriteResult>, signal: AbortSignal,
  ): Promise<void> {
    const locks: FileLock[] = [];
    try {
      locks.push(await this.lock(table.table.path, signal));
      if (table.members !== undefined) locks.push(await this.lock(table.members.path, signal));
      for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
        if (await this.attempt(table, writes, results, locks, signal)) return;
      }
      throw contended(table.table.path);
    } finally {
      for (const lock of locks) await lock.release();
    }
  }

  private async lock(path: string, signal: AbortSignal): Promise<FileLock> {
    const { root, configuration } = this.place;
    return lockFile(await resolveBelow(root, path), configuration.lockWaitMs, signal);
  }

  /** False when somebody changed a file meanwhile: then everything is decided anew. */
  private async attempt(
    table: WritableTable, writes: readonly ConnectorWrite[],
    results: Map<ConnectorWrite, WriteResult>, locks: readonly FileLock[], signal: AbortSignal,
  ): Promise<boolean> {
    const editions: Edition[] = [];
    try {
      const anchors = writes.map((write) => anchorOf(write, table));
      const objects = await table.file.edit(anchors.filter((each) => each !== undefined), signal);
      editions.push(objects);
      const edit = new TableEdit(table, this.place.configuration, objects);
      const memberEdit = await table.members?.edit(writes, signal);
      if (memberEdit !== undefined) editions.push(memberEdit.edition);
      for (const write of writes) {
        results.set(write, answer(write, () => {
          if (write.operation !== "members") {
            if (write.operation === "delete") memberEdit?.removeGroup(write.anchor);
            return edit.apply(write);
          }
          if (memberEdit !== undefined)
            return memberEdit.apply(write, edit.getObject(write.anchor));
          if (table.table.membersColumn !== undefined) return edit.members(write);
          throw new ConnectorError("skip", "VALUE_INVALID", "the file keeps no members");
        }));
      }
      signal.throwIfAborted();
      for (const [at, edition] of editions.entries()) {
        if (!(await edition.commit(locks[at] as FileLock))) return false;
      }
      return true;
    } finally {
      for (const edition of editions) await edition.close();
    }
  }
}

function objectFile(place: CsvPlace, { table }: KindTable): EditableFile {
  const { configuration } = place;
  const text = textReader(configuration);
  const keyOf: KeyOf = (header) => {
    const index = columnIndex(header, table.anchor);
    return (cells) => {
      const anchor = text(cells[index] as string);
      return anchor === "" ? undefined : anchor;
    };
  };
  return new EditableFile({
    place,
    path: table.path,
    keyOf,
    format: (index, cells) => rowBytes(configuration, cells, index.quoteAll, index.lineEnd),
    newHeader: () =>
      rowBytes(
        configuration,
        newHeader(table),
        configuration.quoting === "all",
        configuration.lineEnd,
      ),
  });
}

function kindOf(write: ConnectorWrite): "user" | "group" {
  return write.operation === "members" ? "group" : write.kind;
}

function anchorOf(write: ConnectorWrite, { table }: KindTable): string | undefined {
  if (write.operation !== "create") return write.anchor;
  const anchor = write.attributes[table.anchor];
  return anchor === undefined ? undefined : String(anchor);
}

function noSuchKind(kind: string): ConnectorError {
  return new ConnectorError("skip", "VALUE_INVALID", `no file of the kind ${kind} is configured`);
}

function answer(write: ConnectorWrite, perform: () => WriteResult): WriteResult {
  try {
    return perform();
  } catch (error) {
    if (error instanceof ConnectorError && error.kind === "skip") return refusalOf(write, error);
    throw error;
  }
}
