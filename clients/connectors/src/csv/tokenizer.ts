/** How cells stand in a file. Each is one UTF-16 unit; null is "has none". */
export interface Dialect {
  readonly delimiter: string;
  readonly quote: string | null;
  /** Stands before a quote, or itself, inside quotes; usually the quote itself (RFC 4180 §2.7). */
  readonly escape: string | null;
}

export interface TokenLimits {
  /** Bytes of one cell in UTF-8. */
  readonly cellBytesMax: number;
  /** UTF-16 units of one row with its quotes: its bytes where a unit is a byte. */
  readonly rowBytesMax: number;
}

/**
 * `row`: `cells` holds it. `problem`: `problem` says why the row was passed over; what could be
 * read of it stands in `cells`. `more`: give text. `end`: nothing is left. `torn`: the text ends
 * inside a quoted cell, or with a short row that has no line end.
 */
export type Token = "row" | "problem" | "more" | "end" | "torn";

export interface RowProblem {
  readonly code: "ROW_MALFORMED" | "VALUE_TOO_LARGE";
  readonly reason: string;
  /** True when it is not known which cell is which. */
  readonly shifted?: boolean;
}

/** Size of `text` between two positions, in whatever the caller counts. */
export type Measure = (text: string, from: number, to: number) => number;

const lineFeed = 10;
const carriageReturn = 13;
const none = -1;
const waiting = -2;

/**
 * Where a row that is thrown away stands: before a cell, in one, in quotes, after them, or past
 * saving.
 */
type DiscardState = "cell" | "plain" | "quoted" | "escaped" | "closed" | "line";

/**
 * Cuts text, given in pieces of any length, into rows. Rows end at LF, CRLF or CR; empty lines
 * are passed over. What it keeps is bounded by the limits: a longer row is read past, not kept.
 */
export class RowTokenizer {
  /** Cells of the last row; the first `count` belong to it. Overwritten by the next row. */
  readonly cells: string[] = [];
  count = 0;
  /** Line, from 1, on which the last row began. */
  line = 1;
  problem: RowProblem | undefined;
  /** Cells that a row must have; 0 takes any number. */
  width = 0;
  /** Sum of `measure` over everything that was passed. */
  passed = 0;

  private text = "";
  private position = 0;
  private linesSeen = 1;
  private last = false;
  private discarding: DiscardState | undefined;
  private cell = "";
  private cellStart = 0;
  private readonly delimiter: number;
  private readonly quote: number;
  private readonly quoteText: string;
  private readonly escape: number;
  private readonly limits: TokenLimits;
  private readonly measure: Measure | undefined;

  constructor(dialect: Dialect, limits: TokenLimits, measure?: Measure) {
    this.delimiter = dialect.delimiter.charCodeAt(0);
    this.quoteText = dialect.quote ?? "";
    this.quote = dialect.quote === null ? none : dialect.quote.charCodeAt(0);
    this.escape = dialect.escape === null ? none : dialect.escape.charCodeAt(0);
    this.limits = limits;
    this.measure = measure;
  }

  /**
   * Gives the next piece; `last` says that none follows. Precondition: the last token was `more`.
   */
  feed(piece: string, last: boolean): void {
    this.text = this.position >= this.text.length ? piece : this.text.slice(this.position) + piece;
    this.position = 0;
    this.last = last;
  }

  /** What was given and not passed yet. */
  get pending(): string {
    return this.text.slice(this.position);
  }

  /** Whether the row just passed went over more than one line, so it may have swallowed others. */
  get manyLines(): boolean {
    return this.linesSeen - this.line > 1;
  }

  next(): Token {
    if (this.discarding !== undefined) return this.discard();
    if (!this.passEmptyLines()) return this.last ? "end" : "more";
    this.line = this.linesSeen;
    this.problem = undefined;
    return this.scanRow();
  }

  /** False when no row begins in the text at hand. */
  private passEmptyLines(): boolean {
    let at = this.position;
    for (;;) {
      const code = at < this.text.length ? this.text.charCodeAt(at) : none;
      if (code !== lineFeed && code !== carriageReturn) {
        if (at > this.position) this.passTo(at);
        return code !== none;
      }
      const after = this.afterLineEnd(at);
      if (after === waiting) {
        this.passTo(at);
        return false;
      }
      this.linesSeen += 1;
      at = after;
    }
  }

  private scanRow(): Token {
    const { text, delimiter, quote, cells } = this;
    const end = text.length;
    let at = this.position;
    let count = 0;
    let lines = 0;
    this.count = 0;
    for (;;) {
      this.cellStart = at;
      if (at < end && quote !== none && text.charCodeAt(at) === quote) {
        at = this.scanQuoted(at + 1);
        if (at === waiting) return this.wait();
        lines += lineEndsIn(this.cell);
      } else {
        let code = 0;
        while (at < end) {
          code = text.charCodeAt(at);
          if (code === delimiter || code === lineFeed || code === carriageReturn) break;
          if (code === quote) return this.malformed(at, "a quote stands inside an unquoted cell");
          at += 1;
        }
        if (at === end && !this.last) return this.wait();
        this.cell = text.substring(this.cellStart, at);
      }
      if (this.width === 0 || count < this.width) cells[count] = this.keptCell(count);
      count += 1;
      this.count = count;
      if (at < end && text.charCodeAt(at) === delimiter) at += 1;
      else return this.endRow(at, lines);
    }
  }

  /** The text of the cell, or nothing and a problem when it is too large. */
  private keptCell(index: number): string {
    const { cell } = this;
    const max = this.limits.cellBytesMax;
    if (cell.length * 3 <= max) return cell;
    if (cell.length <= max && Buffer.byteLength(cell) <= max) return cell;
    this.problem ??= tooLarge(`cell ${index + 1} is larger than ${max} bytes`);
    return "";
  }

  /**
   * Reads a quoted cell from behind its quote into `cell` and returns the position behind the
   * closing quote, or `waiting`.
   */
  private scanQuoted(begin: number): number {
    const { text, quote } = this;
    let cell = "";
    let from = begin;
    for (;;) {
      const at = this.escape === quote || this.escape === none
        ? text.indexOf(this.quoteText, from) : this.findQuoteOrEscape(from);
      if (at === none) return waiting;
      const next = at + 1 < text.length ? text.charCodeAt(at + 1) : none;
      if (next === none && !this.last) return waiting;
      const code = text.charCodeAt(at);
      if (code === quote && (next !== quote || this.escape !== quote)) {
        this.cell = cell === "" ? text.substring(from, at) : cell + text.substring(from, at);
        return at + 1;
      }
      if (next === none) return waiting;
      // An escaped unit, kept without what stands before it.
      cell += text.substring(from, at) + text.charAt(at + 1);
      from = at + 2;
    }
  }

  private findQuoteOrEscape(from: number): number {
    for (let at = from; at < this.text.length; at += 1) {
      const code = this.text.charCodeAt(at);
      if (code === this.quote || code === this.escape) return at;
    }
    return none;
  }

  private endRow(at: number, linesInside: number): Token {
    const { text } = this;
    const atEnd = at >= text.length;
    if (atEnd && !this.last) return this.wait();
    if (!atEnd) {
      const code = text.charCodeAt(at);
      if (code !== lineFeed && code !== carriageReturn) {
        return this.malformed(at, "text follows a closing quote");
      }
    }
    const after = atEnd ? at : this.afterLineEnd(at);
    if (after === waiting) return this.wait();
    this.linesSeen += linesInside + (atEnd ? 0 : 1);
    if (after - this.position > this.limits.rowBytesMax) this.problem ??= this.rowTooLarge();
    this.passTo(after);
    if (atEnd && this.width > 0 && this.count < this.width) return "torn";
    if (this.width > 0 && this.count !== this.width) {
      const reason = `has ${this.count} cells where ${this.width} are due`;
      this.problem = { ...malformedRow(reason), shifted: true };
    }
    return this.problem === undefined ? "row" : "problem";
  }

  /** Passes over the rest of the line; quotes have no meaning any more. */
  private malformed(at: number, reason: string): Token {
    this.problem = malformedRow(reason);
    this.linesSeen += lineEndsIn(this.text.substring(this.position, at));
    this.passTo(at);
    this.discarding = "line";
    return this.discard();
  }

  /** Asks for more text, unless the row already is larger than any row may be. */
  private wait(): Token {
    if (this.last) return "torn";
    const length = this.text.length;
    const { cellBytesMax, rowBytesMax } = this.limits;
    const tooLong = length - this.position > rowBytesMax;
    if (!tooLong && length - this.cellStart <= 2 * cellBytesMax + 2) return "more";
    this.problem = tooLong
      ? this.rowTooLarge()
      : tooLarge(`cell ${this.count + 1} is larger than ${cellBytesMax} bytes`);
    this.discarding = "cell";
    return this.discard();
  }

  private rowTooLarge(): RowProblem {
    return tooLarge(`is larger than ${this.limits.rowBytesMax} bytes`);
  }

  private discard(): Token {
    const { text } = this;
    let state = this.discarding as DiscardState;
    for (let at = this.position; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      const isLineEnd = code === lineFeed || code === carriageReturn;
      if (isLineEnd) {
        const after = this.afterLineEnd(at);
        if (after === waiting) return this.pauseDiscard(at, state);
        this.linesSeen += 1;
        if (state !== "quoted" && state !== "escaped") {
          this.passTo(after);
          this.discarding = undefined;
          return "problem";
        }
        at = after - 1;
      }
      state = this.nextState(state, code);
    }
    return this.pauseDiscard(text.length, state);
  }

  private pauseDiscard(at: number, state: DiscardState): Token {
    this.passTo(at);
    this.discarding = state;
    if (!this.last) return "more";
    this.discarding = undefined;
    return state === "quoted" || state === "escaped" ? "torn" : "problem";
  }

  private nextState(state: DiscardState, code: number): DiscardState {
    if (state === "line") return "line";
    if (state === "escaped") return "quoted";
    if (state === "quoted") {
      if (code === this.escape && this.escape !== this.quote) return "escaped";
      return code === this.quote ? "closed" : "quoted";
    }
    if (code === this.delimiter) return "cell";
    if (code === this.quote) {
      // A doubled quote leads back inside; anywhere but before a cell it makes the row malformed.
      if (state === "cell") return "quoted";
      return state === "closed" && this.escape === this.quote ? "quoted" : "line";
    }
    return state === "closed" ? "line" : "plain";
  }

  /** Position behind the line end at `at`, or `waiting` when a LF may still follow the CR. */
  private afterLineEnd(at: number): number {
    if (this.text.charCodeAt(at) === lineFeed) return at + 1;
    if (at + 1 >= this.text.length) return this.last ? at + 1 : waiting;
    return this.text.charCodeAt(at + 1) === lineFeed ? at + 2 : at + 1;
  }

  private passTo(position: number): void {
    if (this.measure !== undefined) this.passed += this.measure(this.text, this.position, position);
    this.position = position;
  }
}

function tooLarge(reason: string): RowProblem {
  return { code: "VALUE_TOO_LARGE", reason };
}

function malformedRow(reason: string): RowProblem {
  return { code: "ROW_MALFORMED", reason };
}

function lineEndsIn(text: string): number {
  if (text.indexOf("\n") === -1 && text.indexOf("\r") === -1) return 0;
  let lines = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === lineFeed || (code === carriageReturn && text.charCodeAt(at + 1) !== lineFeed)) {
      lines += 1;
    }
  }
  return lines;
}
