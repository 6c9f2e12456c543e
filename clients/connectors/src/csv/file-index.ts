import type { FileHandle } from "node:fs/promises";
import { ConnectorError } from "../connector.js";
import { toText } from "./encoding.js";
import type { FileState } from "./files.js";
import { KeyTable } from "./key-table.js";
import { openStream, type CsvPlace } from "./read.js";
import { formatRow } from "./row-format.js";
import { dialectOf } from "./row-stream.js";
import { RowTokenizer } from "./tokenizer.js";

const windowBytes = 1024 * 1024;

/** Which cells make the key of a row; undefined when the row has none. */
export type KeyOf = (header: readonly string[]) => (cells: readonly string[]) => string | undefined;

/**
 * Where each row of a file begins and which rows have which key, about 30 bytes a row. True for
 * one state of the file; whoever rewrites the file says how it is afterwards.
 */
export class FileIndex {
  state: FileState;
  readonly header: readonly string[];
  headerBytes: number;
  /** Ends rows that are written: as the header row ends, else as the configuration says. */
  readonly lineEnd: string;
  readonly quoteAll: boolean;
  readonly keys = new KeyTable();
  rows = 0;

  private lengths = new Uint32Array(1024);

  private constructor(
    place: CsvPlace, state: FileState, header: readonly string[], headerBytes: Buffer,
  ) {
    const { configuration } = place;
    this.state = state;
    this.header = header;
    this.headerBytes = headerBytes.length;
    const raw = toText(configuration.encoding, headerBytes).text.replace(/^\ufeff/, "");
    const lineEnd = /\r\n$|\n$|\r$/.exec(raw)?.[0] ?? "";
    this.lineEnd = lineEnd === "" ? configuration.lineEnd : lineEnd;
    const allQuoted = formatRow(dialectOf(configuration), header, true);
    const isAllQuoted = allQuoted === raw.slice(0, raw.length - lineEnd.length).trimStart();
    const { quote, quoting } = configuration;
    this.quoteAll = quote !== null && (quoting === "all" || (quoting === "keep" && isAllQuoted));
  }

  /** Reads the whole file once. Throws ConnectorError as RowStream does. */
  static async build(
    place: CsvPlace, path: string, keyOf: KeyOf, signal: AbortSignal,
  ): Promise<FileIndex> {
    const stream = await openStream(place, path, signal, true);
    try {
      const key = keyOf(stream.header);
      let passed = stream.passedBytes;
      const { handle, state } = stream.file;
      const index = new FileIndex(place, state, stream.header, await readRange(handle, 0, passed));
      for (;;) {
        const token = stream.next();
        if (token === "more") await stream.fill();
        else if (token === "end") return index;
        else {
          index.append(
            stream.passedBytes - passed,
            token === "row" ? key(stream.cells) : undefined,
          );
          passed = stream.passedBytes;
        }
      }
    } finally {
      await stream.close();
    }
  }

  append(bytes: number, key: string | undefined): number {
    if (this.rows === this.lengths.length) {
      const longer = new Uint32Array(this.lengths.length * 2);
      longer.set(this.lengths);
      this.lengths = longer;
    }
    const row = this.rows;
    this.lengths[row] = bytes;
    this.rows += 1;
    if (key !== undefined) this.keys.add(key, row);
    return row;
  }

  length(row: number): number {
    return this.lengths[row] as number;
  }

  setLength(row: number, bytes: number): void {
    this.lengths[row] = bytes;
  }

  lengthenLast(bytes: number): void {
    for (let row = this.rows - 1; row >= 0; row -= 1) {
      if (this.lengths[row] === 0) continue;
      this.lengths[row] = (this.lengths[row] as number) + bytes;
      return;
    }
    this.headerBytes += bytes;
  }

  /** Bytes of header and rows; what is left of the file are empty lines at its end. */
  knownBytes(): number {
    let bytes = this.headerBytes;
    for (let row = 0; row < this.rows; row += 1) bytes += this.lengths[row] as number;
    return bytes;
  }

  /** Bytes from the start of the file to each of the rows, which are given in ascending order. */
  offsets(rows: readonly number[]): number[] {
    const found: number[] = [];
    let offset = this.headerBytes;
    let at = 0;
    for (const row of rows) {
      for (; at < row; at += 1) offset += this.lengths[at] as number;
      found.push(offset);
    }
    return found;
  }
}

/**
 * Cells of some rows, in the order of the file, with one read of up to 1 MiB for rows that stand
 * close together. A row that was deleted is not in the result.
 */
export async function loadRows(
  place: CsvPlace, handle: FileHandle, index: FileIndex, wanted: Iterable<number>,
): Promise<Map<number, string[]>> {
  const rows = [...new Set(wanted)].filter((row) => index.length(row) > 0).sort((a, b) => a - b);
  const offsets = index.offsets(rows);
  const loaded = new Map<number, string[]>();
  let windowStart = 0;
  let window: Buffer = Buffer.alloc(0);
  for (const [at, row] of rows.entries()) {
    const offset = offsets[at] as number;
    const end = offset + index.length(row);
    if (end > windowStart + window.length) {
      let to = end;
      for (let next = at + 1; next < rows.length; next += 1) {
        const nextEnd = (offsets[next] as number) + index.length(rows[next] as number);
        if (nextEnd > offset + windowBytes) break;
        to = nextEnd;
      }
      windowStart = offset;
      window = await readRange(handle, offset, to - offset);
    }
    const cells = cellsOf(place, window.subarray(offset - windowStart, end - windowStart));
    if (cells !== undefined) loaded.set(row, cells);
  }
  return loaded;
}

/** Throws ConnectorError `SOURCE_INCOMPLETE` when the file is shorter than it was. */
export async function readRange(
  handle: FileHandle,
  offset: number,
  length: number,
): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, offset + done);
    if (bytesRead === 0) {
      throw new ConnectorError("stop", "SOURCE_INCOMPLETE", "the file was cut while it was read");
    }
    done += bytesRead;
  }
  return buffer;
}

function cellsOf({ configuration }: CsvPlace, bytes: Buffer): string[] | undefined {
  const tokenizer = new RowTokenizer(dialectOf(configuration), configuration.limits);
  tokenizer.feed(toText(configuration.encoding, bytes).text, true);
  return tokenizer.next() === "row" ? tokenizer.cells.slice(0, tokenizer.count) : undefined;
}
