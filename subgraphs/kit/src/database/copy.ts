import { Readable } from "node:stream";
import { quoted } from "./roles.js";
import type { Sql } from "./sql.js";

/**
 * What a column may be given; objects are written as JSON, buffers as bytea, arrays as PostgreSQL
 * arrays.
 */
export type CopyValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Date
  | Buffer
  | readonly (string | number)[]
  | CopyJson;

/** Wraps a value that belongs into a json or jsonb column. */
export interface CopyJson {
  readonly json: unknown;
}

export function json(value: unknown): CopyJson {
  return { json: value };
}

/** `COPY table (columns) FROM STDIN` of rows held in memory: one statement. Answers how many. */
export async function copyRows(
  sql: Sql,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly CopyValue[])[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const names = columns.map(quoted).join(", ");
  return sql.copyFrom(
    `copy ${quoted(table)} (${names}) from stdin`,
    Readable.from(inPieces(rows), { objectMode: false, highWaterMark: pieceLength }),
  );
}

const pieceLength = 256 * 1024;

/**
 * Text of a few hundred kilobytes at a time, so that a large batch never stands in memory twice.
 */
function* inPieces(rows: readonly (readonly CopyValue[])[]): Generator<Buffer> {
  let piece = "";
  for (const row of rows) {
    piece += encodeRow(row);
    if (piece.length >= pieceLength) {
      yield Buffer.from(piece);
      piece = "";
    }
  }
  if (piece !== "") yield Buffer.from(piece);
}

/** One line of PostgreSQL's COPY text format (documentation of COPY, "Text Format"). */
export function encodeRow(row: readonly CopyValue[]): string {
  let line = "";
  for (let i = 0; i < row.length; i += 1) {
    if (i > 0) line += "\t";
    line += encodeField(row[i]);
  }
  return `${line}\n`;
}

function encodeField(value: CopyValue): string {
  switch (typeof value) {
    case "string":
      return escaped(value);
    case "number":
    case "bigint":
      return String(value);
    case "boolean":
      return value ? "t" : "f";
    case "undefined":
      return "\\N";
    default:
      return encodeObject(value);
  }
}

function encodeObject(
  value: Exclude<CopyValue, string | number | bigint | boolean | undefined>,
): string {
  if (value === null) return "\\N";
  if (value instanceof Date) return value.toISOString();
  if (Buffer.isBuffer(value)) return `\\\\x${value.toString("hex")}`;
  if ("json" in value) return escaped(JSON.stringify(value.json));
  return escaped(encodeArray(value));
}

/** Array literal (documentation, "Array Input and Output Syntax"): every element quoted. */
function encodeArray(items: readonly (string | number)[]): string {
  const parts = items.map((item) =>
    typeof item === "number" ? String(item) : `"${item.replaceAll(/[\\"]/g, "\\$&")}"`,
  );
  return `{${parts.join(",")}}`;
}

const special = /[\\\t\n\r]/;
const specials = /[\\\t\n\r]/g;
const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
};

function escaped(text: string): string {
  return special.test(text) ? text.replace(specials, (found) => escapes[found] ?? found) : text;
}
