import type { FileHandle } from "node:fs/promises";
import { ConnectorError } from "../connector.js";
import type { CsvConfiguration } from "./configuration.js";
import { encodedBytes, StrictDecoder } from "./encoding.js";
import { handleState, openBelow, sameContent, unreadable, type OpenFile } from "./files.js";
import { RowTokenizer, type Dialect, type RowProblem, type Token } from "./tokenizer.js";

const chunkBytes = 256 * 1024;

/** How a connector's files are written, the same for each of them. */
export type CsvFormat = Pick<
  CsvConfiguration,
  "delimiter" | "quote" | "escape" | "encoding" | "limits" | "requireFinalLineEnd"
>;

export interface RowStreamOptions {
  readonly root: string;
  readonly path: string;
  readonly format: CsvFormat;
  readonly signal: AbortSignal;
  /** Counts the bytes that rows take, for an index. */
  readonly measured?: boolean;
}

export function dialectOf(format: CsvFormat): Dialect {
  const escape = format.escape === undefined ? format.quote : format.escape;
  return { delimiter: format.delimiter, quote: format.quote, escape };
}

/**
 * The rows of one file, read ahead by one chunk. `next()` is synchronous until it says `more`;
 * then `fill()` waits for bytes. Coming to `end` proves that the file was whole: its size and
 * time did not change meanwhile and it does not end inside a row.
 */
export class RowStream {
  readonly file: OpenFile;
  header: readonly string[] = [];
  /** True once a row may hold U+0000. */
  sawNul = false;
  rows = 0;

  private readonly options: RowStreamOptions;
  private readonly handle: FileHandle;
  private readonly decoder: StrictDecoder;
  private readonly tokenizer: RowTokenizer;
  private ahead: Promise<Buffer> | undefined;
  private offset = 0;
  private ascii = true;
  private endsLine = true;

  private constructor(file: OpenFile, options: RowStreamOptions) {
    const { format } = options;
    this.file = file;
    this.options = options;
    this.handle = file.handle;
    this.decoder = new StrictDecoder(format.encoding);
    const measure = options.measured === true ? this.measure.bind(this) : undefined;
    this.tokenizer = new RowTokenizer(dialectOf(format), format.limits, measure);
  }

  /**
   * Opens the file and reads its header. Throws ConnectorError `SOURCE_UNREADABLE`,
   * `SOURCE_EMPTY` (no header), `SOURCE_ENCODING`, `SOURCE_INCOMPLETE`, `COLUMN_MISSING` (a header
   * that cannot be read), `LIMIT_EXCEEDED`, `MISCONFIGURED`.
   */
  static async open(options: RowStreamOptions): Promise<RowStream> {
    const file = await openBelow(options.root, options.path);
    try {
      const { fileBytesMax } = options.format.limits;
      if (file.state.size > fileBytesMax) {
        throw new ConnectorError(
          "stop", "LIMIT_EXCEEDED", `"${options.path}" is larger than ${fileBytesMax} bytes`,
        );
      }
      const stream = new RowStream(file, options);
      stream.header = await stream.readHeader();
      return stream;
    } catch (error) {
      await file.handle.close();
      throw error;
    }
  }

  /** The cells of the row that `next` found; valid until the next call. */
  get cells(): readonly string[] {
    return this.tokenizer.cells;
  }

  /** How many of `cells` the row has. */
  get count(): number {
    return this.tokenizer.count;
  }

  get line(): number {
    return this.tokenizer.line;
  }

  get manyLines(): boolean {
    return this.tokenizer.manyLines;
  }

  get problem(): RowProblem | undefined {
    return this.tokenizer.problem;
  }

  /** Bytes from the start of the file to the end of the last row, when measured. */
  get passedBytes(): number {
    return this.decoder.markBytes + this.tokenizer.passed;
  }

  get path(): string {
    return this.options.path;
  }

  /** Throws ConnectorError `SOURCE_INCOMPLETE` or `LIMIT_EXCEEDED`. */
  next(): "row" | "problem" | "more" | "end" {
    const token = this.tokenizer.next();
    if (token === "row" || token === "problem") this.countRow();
    if (token === "torn") throw this.incomplete("it ends inside a row");
    return token;
  }

  /** Precondition: `next` said `more`. Throws ConnectorError and the signal's reason. */
  async fill(): Promise<void> {
    this.options.signal.throwIfAborted();
    const bytes = await (this.ahead ?? this.readChunk());
    const last = this.offset >= this.file.state.size || bytes.length === 0;
    if (last) await this.proveWhole();
    else this.readAhead();
    const piece = this.decoder.decode(bytes, last);
    if (!this.sawNul && piece.text.includes("\0")) this.sawNul = true;
    if (piece.text !== "") this.endsLine = /[\r\n]$/.test(piece.text.slice(-1));
    if (last && this.options.format.requireFinalLineEnd && !this.endsLine) {
      throw this.incomplete("its last row has no line end");
    }
    if (this.options.measured === true) this.ascii = piece.ascii && this.pendingIsAscii();
    this.tokenizer.feed(piece.text, last);
  }

  async close(): Promise<void> {
    await this.ahead?.catch(() => undefined);
    await this.handle.close();
  }

  private async readHeader(): Promise<readonly string[]> {
    for (;;) {
      const token: Token = this.tokenizer.next();
      if (token === "more") await this.fill();
      else if (token === "end") {
        throw new ConnectorError("stop", "SOURCE_EMPTY", `"${this.path}" has no header row`);
      } else if (token === "torn") throw this.incomplete("it ends inside the header row");
      else if (token === "problem") {
        const why = this.tokenizer.problem?.reason ?? "";
        throw new ConnectorError("stop", "COLUMN_MISSING", `the header of "${this.path}" ${why}`);
      } else {
        this.tokenizer.width = this.tokenizer.count;
        return this.tokenizer.cells.slice(0, this.tokenizer.count);
      }
    }
  }

  private countRow(): void {
    this.rows += 1;
    const { rowsMax } = this.options.format.limits;
    if (this.rows <= rowsMax) return;
    throw new ConnectorError("stop", "LIMIT_EXCEEDED", `"${this.path}" has over ${rowsMax} rows`);
  }

  private readAhead(): void {
    this.ahead = this.readChunk();
    // A failure is met where the chunk is awaited.
    this.ahead.catch(() => undefined);
  }

  private async readChunk(): Promise<Buffer> {
    const left = this.file.state.size - this.offset;
    const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(chunkBytes, left)));
    try {
      const { bytesRead } = await this.handle.read(
        buffer,
        0,
        Math.min(buffer.length, left),
        this.offset,
      );
      this.offset += bytesRead;
      return buffer.subarray(0, bytesRead);
    } catch (error) {
      throw unreadable(this.path, error);
    }
  }

  private async proveWhole(): Promise<void> {
    const now = await handleState(this.handle);
    if (this.offset === this.file.state.size && sameContent(now, this.file.state)) return;
    throw this.incomplete("it changed while it was read");
  }

  private incomplete(why: string): ConnectorError {
    return new ConnectorError("stop", "SOURCE_INCOMPLETE", `"${this.path}" is not whole: ${why}`);
  }

  private pendingIsAscii(): boolean {
    if (this.ascii) return true;
    const { pending } = this.tokenizer;
    return Buffer.byteLength(pending) === pending.length;
  }

  private measure(text: string, from: number, to: number): number {
    if (this.ascii) return to - from;
    return encodedBytes(this.options.format.encoding, text.substring(from, to));
  }
}
