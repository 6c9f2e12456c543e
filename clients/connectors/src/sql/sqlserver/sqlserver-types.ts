import iconv from "iconv-lite";
import { sqlFormatsOf } from "../../values/foreign-types.js";
import type { CatalogueColumn } from "../dialect.js";

const formats = sqlFormatsOf("sqlserver");

/** A type as the server describes it: bytes or -1, digits, digits behind the point. */
export interface SqlServerType {
  /** Its name in `sys.types`. */
  readonly type: string;
  readonly length: number;
  readonly precision: number;
  readonly scale: number;
}

type Around = (text: string) => string;

const converted = (type: string, style?: number): Around => (text) =>
  `convert(${type}, ${text}${style === undefined ? "" : `, ${style}`})`;

/** In UTC to the last digit; an offset of its own is not kept. */
const inUtc: Around = (column) =>
  `convert(nvarchar(27), convert(datetime2(7), switchoffset(${column}, '+00:00')), 121)`;

/**
 * Type → its text. The driver would make doubles and Dates of these; style 2 has all four digits of
 * money, 121 a time to its last digit, and 41 signs hold 38 digits, "-", "0" and ".".
 */
const texts: ReadonlyMap<string, Around> = new Map<string, Around>([
  ["bigint", converted("nvarchar(20)")],
  ["decimal", converted("nvarchar(41)")], ["numeric", converted("nvarchar(41)")],
  ["money", converted("nvarchar(41)", 2)], ["smallmoney", converted("nvarchar(41)", 2)],
  ["date", converted("nvarchar(10)", 23)], ["time", converted("nvarchar(16)", 121)],
  ["datetime", converted("nvarchar(23)", 121)], ["smalldatetime", converted("nvarchar(23)", 121)],
  ["datetime2", converted("nvarchar(27)", 121)], ["datetimeoffset", inUtc],
  ["xml", converted("nvarchar(max)")],
]);

/** Type → a bound text as a value of it. Texts stay as they are: a shorter type would cut them. */
function castOf({ type, precision, scale }: SqlServerType): Around | undefined {
  switch (type) {
    case "tinyint": case "smallint": case "int": case "bigint": return converted("bigint");
    case "decimal": case "numeric": return converted(`decimal(${precision}, ${scale})`);
    case "money": case "smallmoney": return converted("money");
    case "float": case "real": case "bit": case "uniqueidentifier": return converted(type);
    case "date": return converted("date", 23);
    case "time": return converted("time(7)", 121);
    case "datetime": case "smalldatetime": return converted(type, 121);
    case "datetime2": return converted("datetime2(7)", 121);
    case "datetimeoffset":
      return (placeholder) => `todatetimeoffset(convert(datetime2(7), ${placeholder}, 121), 0)`;
    default: return undefined;
  }
}

/** How values of a type are selected, read, compared and written. */
export function formed(described: SqlServerType): Pick<
  CatalogueColumn,
  "format" | "selectedAs" | "cast" | "writtenCast" | "lengthMax" | "digitsMax"
> {
  const { type, length } = described;
  const cast = castOf(described);
  const isWide = type === "nvarchar" || type === "nchar";
  const isSized = /^(var)?(char|binary)$|^n(var)?char$/.test(type) && length > 0;
  return {
    format: formats.get(type),
    selectedAs: texts.get(type),
    cast,
    // An absent value is sent as a text, and of a text no bytes are made without a word.
    writtenCast: formats.get(type) === "bytes" ? converted("varbinary(max)") : cast,
    ...(isSized ? { lengthMax: isWide ? length / 2 : length } : {}),
    ...digitsOf(described),
  };
}

function digitsOf({ type, scale }: SqlServerType): Pick<CatalogueColumn, "digitsMax"> {
  if (type === "money" || type === "smallmoney") return { digitsMax: 4 };
  if (type === "datetime") return { digitsMax: 3 };
  if (type === "smalldatetime") return { digitsMax: 0 };
  const isScaled = ["decimal", "numeric", "time", "datetime2", "datetimeoffset"].includes(type);
  return isScaled ? { digitsMax: scale } : {};
}

const utf8 = 65_001;

/** Whether a text stays what it is in such a column; undefined where every text does. */
export function keepsText(
  type: string, codePage: number | undefined,
): ((text: string) => boolean) | undefined {
  // In steps of 1/300 s, of which the server tells three digits.
  if (type === "datetime") return (text) => /^[^.]*(\.\d{1,2}[037]?)?$/.test(text);
  if (type === "smalldatetime") return (text) => /:\d\d:00$/.test(text);
  if (!["char", "varchar", "text"].includes(type) || codePage === utf8) return undefined;
  const encoding = codePage === undefined ? "" : `cp${codePage}`;
  // What the code page has no sign for would become a question mark.
  if (!iconv.encodingExists(encoding)) return (text) => /^[\x00-\x7f]*$/.test(text);
  return (text) => iconv.decode(iconv.encode(text, encoding), encoding) === text;
}
