import { ConnectorError } from "../connector.js";
import { FileIndex, loadRows, type KeyOf } from "./file-index.js";
import { openBelow, pathState, resolveBelow, sameState, type OpenFile } from "./files.js";
import type { FileLock } from "./lock.js";
import type { CsvPlace } from "./read.js";
import { createFile, removeLeftovers, rewrite } from "./rewrite.js";

/** How often a file that others change meanwhile is read anew. */
export const attemptsMax = 3;

/** A row as an edition has it; without cells it is gone. */
interface Entry {
  readonly rows: number[];
  cells: readonly string[] | undefined;
  /** Bytes of the row to come, none for one to delete; undefined when it stays as it is. */
  bytes: Buffer | undefined;
}

/** Turns cells into the bytes of a row with its line end. Throws ConnectorError of kind skip. */
export type FormatRow = (index: FileIndex, cells: readonly string[]) => Buffer;

export interface EditableFileOptions {
  readonly place: CsvPlace;
  readonly path: string;
  readonly keyOf: KeyOf;
  readonly format: FormatRow;
  /** Bytes of the header of a file that is to be made. */
  readonly newHeader: () => Buffer;
}

/** A file whose rows are found by key. The index of its last state stays in memory. */
export class EditableFile {
  readonly options: EditableFileOptions;

  private index: FileIndex | undefined;

  constructor(options: EditableFileOptions) {
    this.options = options;
  }

  /**
   * Opens the file and loads the rows of these keys. Precondition: the file is locked.
   * Throws ConnectorError as RowStream does.
   */
  async edit(keys: Iterable<string>, signal: AbortSignal): Promise<Edition> {
    const { place, path, keyOf } = this.options;
    await this.makeWhenMissing();
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      const file = await openBelow(place.root, path);
      try {
        if (this.index !== undefined && sameState(this.index.state, file.state)) {
          return await Edition.open(this.options, file, this.index, keys);
        }
        await removeLeftovers(file.path);
        this.index = await FileIndex.build(place, path, keyOf, signal);
        await file.handle.close();
      } catch (error) {
        await file.handle.close();
        throw error;
      }
    }
    throw contended(path);
  }

  private async makeWhenMissing(): Promise<void> {
    const { place, path } = this.options;
    if (!place.configuration.createWhenMissing) return;
    const real = await resolveBelow(place.root, path);
    if ((await pathState(real)) === undefined) await createFile(real, this.options.newHeader());
  }
}

/** Changes to one file, seen at once by `find` and on disk by `commit`, all or none. */
export class Edition {
  readonly header: readonly string[];

  private readonly options: EditableFileOptions;
  private readonly file: OpenFile;
  private readonly index: FileIndex;
  private readonly entries = new Map<string, Entry>();

  private constructor(options: EditableFileOptions, file: OpenFile, index: FileIndex) {
    this.options = options;
    this.file = file;
    this.index = index;
    this.header = index.header;
  }

  static async open(
    options: EditableFileOptions, file: OpenFile, index: FileIndex, keys: Iterable<string>,
  ): Promise<Edition> {
    const edition = new Edition(options, file, index);
    const candidates = [...new Set(keys)].flatMap((key) => index.keys.candidates(key));
    const loaded = await loadRows(options.place, file.handle, index, candidates);
    const keyOfRow = options.keyOf(index.header);
    for (const [row, cells] of loaded) {
      const key = keyOfRow(cells);
      if (key === undefined) continue;
      const entry = edition.entries.get(key);
      if (entry === undefined) edition.entries.set(key, { rows: [row], cells, bytes: undefined });
      else entry.rows.push(row);
    }
    return edition;
  }

  /** Cells of the row of a key that was named when the edition was opened, or put since. */
  find(key: string): readonly string[] | undefined {
    return this.entries.get(key)?.cells;
  }

  /** Whether several rows have this key. */
  isRepeated(key: string): boolean {
    return (this.entries.get(key)?.rows.length ?? 0) > 1;
  }

  /** Throws ConnectorError of kind skip, with nothing changed, for cells that cannot be written. */
  put(key: string, cells: readonly string[]): void {
    const bytes = this.options.format(this.index, cells);
    const entry = this.entries.get(key);
    if (entry === undefined) this.entries.set(key, { rows: [], cells, bytes });
    else Object.assign(entry, { cells, bytes });
  }

  /** Takes every row of a key away. */
  remove(key: string): void {
    const entry = this.entries.get(key);
    if (entry !== undefined) Object.assign(entry, { cells: undefined, bytes: Buffer.alloc(0) });
  }

  /** False when somebody else changed the file meanwhile; then nothing was written. */
  async commit(lock: FileLock): Promise<boolean> {
    const replaced = new Map<number, Buffer>();
    const appended: { readonly key: string; readonly bytes: Buffer }[] = [];
    for (const [key, entry] of this.entries) {
      const { bytes } = entry;
      if (bytes === undefined) continue;
      const [first, ...others] = entry.rows;
      if (first !== undefined) replaced.set(first, bytes);
      else if (bytes.length > 0) appended.push({ key, bytes });
      for (const row of others) replaced.set(row, Buffer.alloc(0));
    }
    if (replaced.size === 0 && appended.length === 0) return true;
    const edits = { replaced, appended: appended.map((each) => each.bytes) };
    const { encoding } = this.options.place.configuration;
    const state = await rewrite(this.file, this.index, edits, {
      encoding,
      isHeld: () => lock.isHeld(),
    });
    if (state === undefined) return false;
    for (const [row, bytes] of replaced) this.index.setLength(row, bytes.length);
    this.appendToIndex(appended, state.size);
    this.index.state = state;
    return true;
  }

  async close(): Promise<void> {
    await this.file.handle.close();
  }

  private appendToIndex(
    appended: readonly { readonly key: string; readonly bytes: Buffer }[], size: number,
  ): void {
    const own = appended.reduce((sum, each) => sum + each.bytes.length, 0);
    // A line end that the last row lacked, or empty lines behind it, are that row's from now on.
    this.index.lengthenLast(size - own - this.index.knownBytes());
    for (const { key, bytes } of appended) this.index.append(bytes.length, key);
  }
}

/** The error of a file that others keep changing. */
export function contended(path: string): ConnectorError {
  return new ConnectorError("retry", "CONNECTOR_BUSY", `"${path}" is being changed by others`, {
    retryAfterMs: 1_000,
  });
}
