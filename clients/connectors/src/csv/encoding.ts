import { isUtf8 } from "node:buffer";
import iconv from "iconv-lite";
import { ConnectorError } from "../connector.js";

export const csvEncodings = [
  "utf-8", "utf-16le", "utf-16be", "windows-1252", "iso-8859-1",
] as const;
export type CsvEncoding = (typeof csvEncodings)[number];

/** One piece of text; `ascii` says that each of its units is one byte of UTF-8. */
export interface Piece {
  readonly text: string;
  readonly ascii: boolean;
}

const byteOrderMarks: readonly { readonly encoding: CsvEncoding; readonly bytes: Buffer }[] = [
  { encoding: "utf-8", bytes: Buffer.from([0xef, 0xbb, 0xbf]) },
  { encoding: "utf-16le", bytes: Buffer.from([0xff, 0xfe]) },
  { encoding: "utf-16be", bytes: Buffer.from([0xfe, 0xff]) },
];

/**
 * Turns the bytes of a file into text, piece by piece and strictly: bytes that the encoding does
 * not have stop the read with `SOURCE_ENCODING` rather than become something else. A byte order
 * mark of the encoding is passed over; another's contradicts the configuration and stops too.
 */
export class StrictDecoder {
  /** Bytes of the byte order mark that was passed over. */
  markBytes = 0;

  private readonly encoding: CsvEncoding;
  private rest: Buffer = Buffer.alloc(0);
  private offset = 0;
  private begun = false;

  constructor(encoding: CsvEncoding) {
    this.encoding = encoding;
  }

  /** `last` says that the file ends with these bytes. Throws ConnectorError `SOURCE_ENCODING`. */
  decode(bytes: Buffer, last: boolean): Piece {
    let data = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    if (!this.begun && (data.length >= 3 || last)) data = this.passMark(data);
    const whole = this.begun ? wholeBytes(this.encoding, data) : 0;
    this.rest = Buffer.from(data.subarray(whole));
    if (last && this.rest.length > 0) throw invalid(this.encoding, this.offset + whole);
    const piece = toText(this.encoding, data.subarray(0, whole), this.offset);
    this.offset += whole;
    return piece;
  }

  private passMark(data: Buffer): Buffer {
    this.begun = true;
    const mark = byteOrderMarks.find((each) =>
      data.subarray(0, each.bytes.length).equals(each.bytes),
    );
    if (mark === undefined) return data;
    if (mark.encoding === this.encoding) {
      this.markBytes = mark.bytes.length;
      this.offset = mark.bytes.length;
      return data.subarray(mark.bytes.length);
    }
    throw encodingError(`the file begins with the mark of ${mark.encoding}, not ${this.encoding}`);
  }
}

/** How many of the bytes end with a whole character. */
function wholeBytes(encoding: CsvEncoding, data: Buffer): number {
  const { length } = data;
  if (encoding === "utf-8") {
    for (let back = 1; back <= Math.min(3, length); back += 1) {
      const byte = data[length - back] as number;
      if (byte < 0x80) return length;
      if (byte >= 0xc0) return back < utf8Length(byte) ? length - back : length;
    }
    return length;
  }
  if (encoding !== "utf-16le" && encoding !== "utf-16be") return length;
  const even = length - (length % 2);
  if (even < 2) return even;
  const high = data[even - (encoding === "utf-16le" ? 1 : 2)] as number;
  return high >= 0xd8 && high <= 0xdb ? even - 2 : even;
}

function utf8Length(lead: number): number {
  if (lead >= 0xf0) return 4;
  return lead >= 0xe0 ? 3 : 2;
}

/** Bytes that are whole characters as text. Throws ConnectorError `SOURCE_ENCODING`. */
export function toText(encoding: CsvEncoding, data: Buffer, offset = 0): Piece {
  switch (encoding) {
    case "utf-8": {
      if (!isUtf8(data)) throw invalid(encoding, offset);
      const text = data.toString("utf8");
      return { text, ascii: text.length === data.length };
    }
    case "utf-16le":
      return { text: wellFormed(encoding, data.toString("utf16le"), offset), ascii: false };
    case "utf-16be": {
      const swapped = Buffer.from(data).swap16();
      return { text: wellFormed(encoding, swapped.toString("utf16le"), offset), ascii: false };
    }
    case "iso-8859-1":
      return { text: data.toString("latin1"), ascii: false };
    case "windows-1252": {
      // iconv-lite gives U+FFFD for the five bytes that the encoding leaves undefined.
      const text = iconv.decode(data, "windows-1252", { stripBOM: false });
      if (text.includes("\ufffd")) throw invalid(encoding, offset);
      return { text, ascii: false };
    }
  }
}

function wellFormed(encoding: CsvEncoding, text: string, offset: number): string {
  if (!text.isWellFormed()) throw invalid(encoding, offset);
  return text;
}

function invalid(encoding: CsvEncoding, offset: number): ConnectorError {
  return encodingError(`bytes at or after ${offset} are not ${encoding}`);
}

function encodingError(message: string): ConnectorError {
  return new ConnectorError("stop", "SOURCE_ENCODING", message);
}

/** Whether an encoding has every character of a well-formed text. */
export function canEncode(encoding: CsvEncoding, text: string): boolean {
  if (encoding === "iso-8859-1") return /^[\0-\xff]*$/.test(text);
  return encoding !== "windows-1252" || encode(encoding, text) !== undefined;
}

/** Bytes of a text, or undefined where the encoding lacks one of its characters. */
export function encode(encoding: CsvEncoding, text: string): Buffer | undefined {
  switch (encoding) {
    case "utf-8":
      return text.isWellFormed() ? Buffer.from(text, "utf8") : undefined;
    case "utf-16le":
      return text.isWellFormed() ? Buffer.from(text, "utf16le") : undefined;
    case "utf-16be":
      return text.isWellFormed() ? Buffer.from(text, "utf16le").swap16() : undefined;
    case "iso-8859-1": {
      const bytes = Buffer.from(text, "latin1");
      return bytes.toString("latin1") === text ? bytes : undefined;
    }
    case "windows-1252": {
      const bytes = iconv.encode(text, "windows-1252");
      const again = iconv.decode(bytes, "windows-1252", { stripBOM: false });
      return again === text && !again.includes("\ufffd") ? bytes : undefined;
    }
  }
}

/** Bytes that part of a text takes in a file of this encoding. */
export function encodedBytes(encoding: CsvEncoding, text: string): number {
  switch (encoding) {
    case "utf-8":
      return Buffer.byteLength(text, "utf8");
    case "utf-16le":
    case "utf-16be":
      return text.length * 2;
    case "windows-1252":
    case "iso-8859-1":
      return text.length;
  }
}
