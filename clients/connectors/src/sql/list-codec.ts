import { ConnectorError, type ConnectorScalar } from "../connector.js";
import type { CatalogueColumn } from "./dialect.js";
import type { SqlColumnSettings } from "./relation-settings.js";
import type { ScalarCodec } from "./scalar-codec.js";
import type { SqlCell } from "./session.js";

/** How several values stand in one cell. */
export interface ListCodec {
  /** Undefined where one is not of its type. */
  read(cell: string | Buffer): readonly ConnectorScalar[] | undefined;
  /** Throws ConnectorError `VALUE_INVALID`. */
  write(values: readonly ConnectorScalar[]): SqlCell;
}

/** Undefined where the column has one value. */
export function listCodec(
  name: string, catalogue: CatalogueColumn, settings: SqlColumnSettings | undefined,
  scalar: ScalarCodec,
): ListCodec | undefined {
  if (catalogue.isArray) return arrayCodec(scalar);
  const many = settings?.many;
  if (many === undefined || (typeof many === "object" && "table" in many)) return undefined;
  return many === "json" ? jsonCodec(scalar) : separatedCodec(name, many.separator, scalar);
}

/** An array of PostgreSQL, which comes and goes as a JSON array of texts. */
function arrayCodec(scalar: ScalarCodec): ListCodec {
  return {
    read: (cell) => listOf(cell, (texts) => valuesOf(texts, scalar)),
    write: (values) => JSON.stringify(values.map((value) => scalar.write(value))),
  };
}

/** Numbers stand in it as numbers, to the last digit. */
function jsonCodec(scalar: ScalarCodec): ListCodec {
  const isNumber = scalar.type === "integer" || scalar.type === "decimal";
  return {
    read: (cell) => listOf(cell, (texts) => valuesOf(texts, scalar)),
    write: (values) => {
      const items = values.map((value) => {
        const text = String(scalar.write(value));
        const isPlain = scalar.type === "boolean"
          || (isNumber && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text));
        return isPlain ? text : JSON.stringify(text);
      });
      return `[${items.join(",")}]`;
    },
  };
}

function separatedCodec(name: string, separator: string, scalar: ScalarCodec): ListCodec {
  return {
    read: (cell) => {
      if (Buffer.isBuffer(cell)) return undefined;
      return valuesOf(cell.split(separator).filter((part) => part !== ""), scalar);
    },
    write: (values) => values.map((value) => {
      const text = String(scalar.write(value));
      if (text !== "" && !text.includes(separator)) return text;
      const message = `"${name}" takes no empty value and none that holds its separator`;
      throw new ConnectorError("skip", "VALUE_INVALID", message);
    }).join(separator),
  };
}

function valuesOf(
  texts: readonly string[], scalar: ScalarCodec,
): readonly ConnectorScalar[] | undefined {
  const values: ConnectorScalar[] = [];
  for (const text of texts) {
    const value = scalar.read(text);
    if (value === undefined) return undefined;
    if (value !== null) values.push(value);
  }
  return values;
}

/** The items of a JSON array as texts: numbers as they are written, nulls left out. */
function listOf(
  cell: string | Buffer, use: (texts: readonly string[]) => readonly ConnectorScalar[] | undefined,
): readonly ConnectorScalar[] | undefined {
  try {
    const parsed: unknown = JSON.parse(cell.toString(), asWritten);
    if (!Array.isArray(parsed)) return undefined;
    const items = (parsed as unknown[]).filter((item) => item !== null);
    if (items.some((item) => typeof item === "object")) return undefined;
    return use(items.map(String));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A number beyond 2^53 would lose digits; its text has them all. */
function asWritten(this: unknown, _key: string, value: unknown, ...[context]: unknown[]): unknown {
  if (typeof value !== "number") return value;
  return (context as { readonly source?: string } | undefined)?.source ?? value;
}
