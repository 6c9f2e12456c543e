import {
  ConnectorError, type ConnectorAttributeType, type ConnectorScalar,
} from "../connector.js";
import { booleanFromWord, integerFromText, isInstant, scalarFromText } from "../values/scalars.js";
import { sqlFormats, utcOf, type SqlFormat, type SqlFormatName } from "../values/sql-formats.js";
import type { CatalogueColumn } from "./dialect.js";
import type { SqlColumnSettings } from "./relation-settings.js";
import type { SqlCell } from "./session.js";

/** How one value of a column is read and written. */
export interface ScalarCodec {
  readonly type: ConnectorAttributeType;
  /** Undefined for what is no such value, null for what means none. */
  read(cell: string | Buffer): ConnectorScalar | null | undefined;
  /** Throws ConnectorError `VALUE_INVALID` or `VALUE_TOO_LARGE`. */
  write(value: ConnectorScalar): SqlCell;
  /** What two writings of one value share. */
  key(value: ConnectorScalar): string;
}

/**
 * Of the type that the settings name, else of the column's own; values `inText` are parts of a
 * text. Throws ConnectorError `MISCONFIGURED` where the column cannot hold that type.
 */
export function scalarCodec(
  name: string, catalogue: CatalogueColumn, settings: SqlColumnSettings | undefined,
  inText: boolean,
): ScalarCodec {
  const { format: formatName } = catalogue;
  if (formatName === undefined) {
    throw misconfigured(`column "${name}" is ${catalogue.typeName}, which cannot be read`);
  }
  const own = sqlFormats[formatName];
  const format = inText ? convertedFormat(name, "text", settings) ?? sqlFormats.text
    : convertedFormat(name, formatName, settings) ?? own;
  return {
    type: format.type,
    read: (cell) => format.read(cell),
    write: (value) => {
      demandBounds(name, inText ? {} : catalogue, format.type, value);
      const cell = format.write(value);
      if (cell === undefined) {
        const message = `a value for "${name}" is not ${format.type}`;
        throw new ConnectorError("skip", "VALUE_INVALID", message);
      }
      return cell;
    },
    key: (value) => keyOf(format.type, value),
  };
}

function convertedFormat(
  name: string, own: SqlFormatName, settings: SqlColumnSettings | undefined,
): SqlFormat | undefined {
  const wanted = settings?.type;
  const format = sqlFormats[own];
  if (wanted === undefined || wanted === format.type) return undefined;
  const conversion = conversionOf(own, wanted, settings?.timeZone);
  if (conversion === undefined) {
    throw misconfigured(`column "${name}" holds ${format.type}, which cannot be read as ${wanted}`);
  }
  return {
    type: wanted,
    read: (written) => {
      const value = format.read(written);
      return value === null || value === undefined ? value : conversion.read(value);
    },
    write: (value) => {
      const converted = conversion.write(value);
      return converted === undefined ? undefined : format.write(converted);
    },
  };
}

interface Conversion {
  read(value: ConnectorScalar): ConnectorScalar | undefined;
  write(value: ConnectorScalar): ConnectorScalar | undefined;
}

function conversionOf(
  own: SqlFormatName, wanted: ConnectorAttributeType, timeZone: string | undefined,
): Conversion | undefined {
  const { type } = sqlFormats[own];
  if (own === "localTime" && wanted === "instant") {
    return timeZone === undefined ? undefined : onWallIn(timeZone);
  }
  if (wanted === "string" || wanted === "reference") {
    // What was read as a text is written as a text: the column's own type has the last word.
    return { read: String, write: (value) => scalarFromText(type, String(value)) };
  }
  if (type === "string" && own !== "localTime" && own !== "uuid") {
    return {
      read: (value) => scalarFromText(wanted, String(value)),
      write: (value) => (scalarFromText(wanted, String(value)) === undefined ? undefined
        : String(value)),
    };
  }
  if (type === "integer" && wanted === "boolean") {
    return {
      read: (value) => (value === 0 || value === 1 ? value === 1 : undefined),
      write: (value) => (typeof value === "boolean" ? Number(value) : undefined),
    };
  }
  if (type === "decimal" && wanted === "integer") {
    return {
      read: (value) => integerFromText(String(value).replace(/\.0*$/, "")),
      write: (value) => (integerFromText(String(value)) === undefined ? undefined : String(value)),
    };
  }
  return undefined;
}

/** A clock without a zone that hangs on a wall whose offset is known. */
function onWallIn(zone: string): Conversion {
  return {
    read: (value) => {
      const instant = `${String(value)}${zone}`;
      return isInstant(instant) ? instant : undefined;
    },
    write: (value) => {
      const text = String(value);
      if (!isInstant(text)) return undefined;
      const sign = zone.startsWith("-") ? -1 : 1;
      const [hours = 0, minutes = 0] = zone === "Z" ? [0, 0] : zone.slice(1).split(":").map(Number);
      const moved = new Date(Date.parse(`${utcOf(text).slice(0, 19).replace(" ", "T")}Z`)
        + sign * (hours * 60 + minutes) * 60_000);
      const fraction = /\.\d+/.exec(utcOf(text))?.[0] ?? "";
      return `${moved.toISOString().slice(0, 19)}${fraction}`;
    },
  };
}

/** What a database would cut or round without a word is refused before it is sent. */
function demandBounds(
  name: string, { lengthMax, digitsMax }: Pick<CatalogueColumn, "lengthMax" | "digitsMax">,
  type: ConnectorAttributeType, value: ConnectorScalar,
): void {
  const text = String(value);
  if (lengthMax !== undefined && text.length > lengthMax) {
    // Databases count code points: a character outside of the first plane is one, a family four.
    const length = type === "binary" ? Buffer.byteLength(text, "base64")
      : Array.from(text).length;
    if (length > lengthMax) {
      const message = `a value for "${name}" is longer than ${lengthMax}`;
      throw new ConnectorError("skip", "VALUE_TOO_LARGE", message);
    }
  }
  if (digitsMax === undefined) return;
  const digits = /\.(\d*?)0*(?:[Zz]|[+-]\d\d:?\d\d)?$/.exec(text)?.[1]?.length ?? 0;
  if (digits > digitsMax) {
    const message = `a value for "${name}" has more digits than the ${digitsMax} that are kept`;
    throw new ConnectorError("skip", "VALUE_INVALID", message);
  }
}

function keyOf(type: ConnectorAttributeType, value: ConnectorScalar): string {
  const text = String(value);
  if (type === "instant") return isInstant(text) ? utcOf(text) : text;
  if (type === "integer") return String(integerFromText(text) ?? text);
  if (type !== "decimal") return text;
  const plain = text.replace(/^\+/, "").replace(/^(-?)0+(?=\d)/, "$1").replace(/^(-?)\./, "$10.");
  return plain.includes(".") ? plain.replace(/\.?0+$/, "") : plain;
}

/** The word of a state as a value of its column. */
export function stateValue(type: ConnectorAttributeType, word: string | number | boolean):
ConnectorScalar {
  if (type !== "boolean") return String(word);
  return booleanFromWord(String(word)) ?? String(word);
}

export function misconfigured(message: string): ConnectorError {
  return new ConnectorError("stop", "MISCONFIGURED", message);
}
