import type { ConnectorAttributeType, ConnectorScalar } from "../connector.js";
import { integerFromText, isBase64, isDate, isDecimal, isInstant } from "./scalars.js";

/** How a database writes one value: text as its own output has it, or bytes. */
export type SqlWritten = string | Buffer;

/** One way in which databases write values, and what such a value is to us. */
export interface SqlFormat {
  readonly type: ConnectorAttributeType;
  /** Undefined for what is written and is no such value to us; null for what means no value. */
  read(written: SqlWritten): ConnectorScalar | undefined | null;
  /** Undefined for what cannot be written so without loss. */
  write(value: ConnectorScalar): SqlWritten | undefined;
}

/**
 * How databases write values. Whatever one of these reads, it writes back as the same value in the
 * database; what it could not (not a number, a day before Christ) it does not read.
 */
export const sqlFormats = {
  text: { type: "string", read: textOf, write: toText },
  /** CHAR(n): spaces at its end are padding. */
  padded: {
    type: "string",
    read: (written) => textOf(written)?.replace(/ +$/, ""),
    write: (value) => (String(value).endsWith(" ") ? undefined : toText(value)),
  },
  uuid: {
    type: "string",
    read: (written) => textOf(written)?.toLowerCase(),
    write: (value) => (uuidPattern().test(String(value)) ? String(value) : undefined),
  },
  integer: { type: "integer", read: read(integerFromText), write: toInteger },
  decimal: {
    type: "decimal",
    read: read((text) => (isDecimal(text) ? text : undefined)),
    write: toDecimal,
  },
  /** Floating point: as many digits as make it the same number again, without an exponent. */
  float: { type: "decimal", read: read(fromFloat), write: toDecimal },
  /** In an array PostgreSQL writes the whole word. */
  booleanLetter: {
    type: "boolean",
    read: read((text) => (/^t(rue)?$/.test(text) ? true : /^f(alse)?$/.test(text) ? false
      : undefined)),
    write: (value) => booleanText(value, "t", "f"),
  },
  booleanDigit: {
    type: "boolean",
    read: read((text) => (text === "1" ? true : text === "0" ? false : undefined)),
    write: (value) => booleanText(value, "1", "0"),
  },
  booleanBit: {
    type: "boolean",
    read: (written) => (Buffer.isBuffer(written) ? written.some((byte) => byte !== 0) : undefined),
    write: (value) => booleanText(value, "1", "0"),
  },
  date: {
    type: "date",
    read: read((text) => (isZero(text) ? null : isDate(text) ? text : undefined)),
    write: (value) => (isDate(String(value)) ? String(value) : undefined),
  },
  /** A moment in a session whose clock is UTC; an offset stands behind it or none. */
  instant: { type: "instant", read: read(fromMoment), write: toMoment },
  /** What a clock on a wall showed: no moment, for nobody knows where the wall is. */
  localTime: {
    type: "string",
    read: read((text) => (isZero(text) ? null : fromLocalTime(text))),
    write: (value) => toLocalTime(String(value)),
  },
  bytes: {
    type: "binary",
    read: (written) =>
      (Buffer.isBuffer(written) ? written : Buffer.from(written)).toString("base64"),
    write: (value) =>
      typeof value === "string" && isBase64(value) ? Buffer.from(value, "base64") : undefined,
  },
} as const satisfies Readonly<Record<string, SqlFormat>>;

export type SqlFormatName = keyof typeof sqlFormats;

function read(
  fromText: (text: string) => ConnectorScalar | undefined | null,
): SqlFormat["read"] {
  return (written) => {
    const text = textOf(written);
    return text === undefined ? undefined : fromText(text);
  };
}

function textOf(written: SqlWritten): string | undefined {
  return Buffer.isBuffer(written) ? undefined : written;
}

/** PostgreSQL keeps no U+0000 and no database keeps half a character. */
function toText(value: ConnectorScalar): string | undefined {
  const text = String(value);
  return text.isWellFormed() && !text.includes("\0") ? text : undefined;
}

function toInteger(value: ConnectorScalar): string | undefined {
  const text = String(value);
  return integerFromText(text) === undefined ? undefined : text.replace("+", "");
}

function toDecimal(value: ConnectorScalar): string | undefined {
  const text = typeof value === "number" ? fromFloat(String(value)) : String(value);
  return text !== undefined && isDecimal(text) ? text : undefined;
}

/** `1.5e+21` as plain digits; undefined for what is no number. */
function fromFloat(text: string): string | undefined {
  const found = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,4}))?$/i.exec(text);
  if (found === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = found;
  const at = whole.length + Number(exponent);
  const digits = `${whole}${fraction}`;
  const padded = at < 1 ? "0".repeat(1 - at) + digits : digits.padEnd(at, "0");
  const point = Math.max(at, 1);
  const left = padded.slice(0, point).replace(/^0+(?=\d)/, "");
  const right = padded.slice(point).replace(/0+$/, "");
  return `${sign}${left}${right === "" ? "" : `.${right}`}`;
}

function booleanText(value: ConnectorScalar, yes: string, no: string): string | undefined {
  return value === true ? yes : value === false ? no : undefined;
}

/** The zero date of MySQL stands where there is none. */
function isZero(text: string): boolean {
  return text.startsWith("0000-00-00");
}

const moment = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?(?:Z|([+-]\d\d)(?::?(\d\d))?)?$/;

function fromMoment(text: string): string | undefined | null {
  if (isZero(text)) return null;
  const found = moment.exec(text);
  if (found === null) return undefined;
  const [, day = "", clock = "", fraction, hours, minutes = "00"] = found;
  const isUtc = hours === undefined || `${hours}${minutes}` === "+0000";
  const zone = isUtc ? "Z" : `${hours}:${minutes}`;
  const value = `${day}T${clock}${trimmed(fraction)}${zone}`;
  return isInstant(value) ? value : undefined;
}

/** With its offset, so no clock of a session has a say. */
function toMoment(value: ConnectorScalar): string | undefined {
  const text = String(value);
  return isInstant(text) ? utcOf(text) : undefined;
}

/** The same moment in UTC to the last digit, `YYYY-MM-DD HH:MM:SS.f`. */
export function utcOf(instant: string): string {
  const fraction = /\.\d+/.exec(instant)?.[0];
  const whole = new Date(instant.replace(/\.\d+/, "").replace(" ", "T")).toISOString();
  return `${whole.slice(0, 10)} ${whole.slice(11, 19)}${trimmed(fraction)}`;
}

function fromLocalTime(text: string): string | undefined {
  const found = moment.exec(text);
  if (found === null || found[4] !== undefined || text.endsWith("Z")) return undefined;
  return isDate(found[1] ?? "") ? `${found[1]}T${found[2]}${trimmed(found[3])}` : undefined;
}

function toLocalTime(text: string): string | undefined {
  return fromLocalTime(text)?.replace("T", " ");
}

function trimmed(fraction: string | undefined): string {
  return fraction === undefined ? "" : fraction.replace(/\.?0+$/, "");
}

function uuidPattern(): RegExp {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
}
