import type { CatalogueColumn } from "../dialect.js";
import type { SqlTable } from "../relation-settings.js";
import { sqlFormatsOf } from "../../values/foreign-types.js";
import type { SqlSession } from "../session.js";
import type { MysqlField } from "./mysql-driver.js";

const formats = sqlFormatsOf("mysql");

/** Columns in their order, and whether one has a unique key of its own. */
const columnsSql = [`
  select c.column_name, c.data_type, c.column_type, c.is_nullable, c.column_default, c.extra,
    c.character_maximum_length, c.numeric_precision, c.numeric_scale, c.datetime_precision,
    c.collation_name, u.column_name is not null
  from information_schema.columns c
  left join (
    select distinct alone.column_name from (
      select max(s.column_name) as column_name from information_schema.statistics s
      where s.table_schema = `, "schema", " and s.table_name = ", "name", `
      group by s.index_name
      having count(*) = 1 and max(s.non_unique) = 0 and max(s.sub_part) is null) as alone
  ) as u on u.column_name = c.column_name
  where c.table_schema = `, "schema", " and c.table_name = ", "name", `
  order by c.ordinal_position`,
] as const;

/** The columns of a table as the catalogue knows them. Throws ConnectorError. */
export async function mysqlTableColumns(
  session: SqlSession, { schema, name }: SqlTable,
): Promise<readonly CatalogueColumn[]> {
  const cells: Readonly<Record<string, string>> = {
    schema: schema ?? session.configuration.database, name,
  };
  const statement = columnsSql.map((part) =>
    (part in cells ? { cell: cells[part] as string } : part));
  const { rows } = await session.run(statement);
  return rows.map((row) => tableColumn(row.map((cell) =>
    (Buffer.isBuffer(cell) ? cell.toString("utf8") : cell))));
}

function tableColumn(cells: readonly (string | null)[]): CatalogueColumn {
  const [name = "", dataType = "", columnType = "", nullable, initial, extra, length, precision,
    scale, fraction, collation, unique] = cells as readonly string[];
  const isOurs = /auto_increment|generated/i.test(extra ?? "");
  return {
    ...formed(dataType.toLowerCase(), {
      isBoolean: /^(tinyint|bit)\(1\)/i.test(columnType),
      isUnsigned: /unsigned/i.test(columnType),
      ...(precision === null ? {} : { precision: Number(precision), scale: Number(scale) }),
    }),
    name,
    typeName: columnType,
    ...(length === null ? {} : { lengthMax: Number(length) }),
    ...digitsOf(dataType.toLowerCase(), scale ?? null, fraction ?? null),
    caseIgnore: (collation ?? "").endsWith("_ci"),
    nullable: nullable !== "NO",
    required: nullable === "NO" && (initial ?? null) === null && !isOurs,
    readOnly: /(virtual|stored|persistent) generated|invisible/i.test(extra ?? ""),
    isKey: nullable === "NO" && Number(unique) > 0,
  };
}

function digitsOf(
  dataType: string, scale: string | null, fraction: string | null,
): Pick<CatalogueColumn, "digitsMax"> {
  if (dataType === "decimal" && scale !== null) return { digitsMax: Number(scale) };
  return fraction === null || dataType === "time" ? {} : { digitsMax: Number(fraction) };
}

const binarySet = 63;
const unsignedFlag = 0x20;
const enumFlag = 0x100;
const setFlag = 0x800;

/** Numbers of types in the protocol → their names. */
const protocolTypes: ReadonlyMap<number, string> = new Map([
  [0, "decimal"], [1, "tinyint"], [2, "smallint"], [3, "int"], [4, "float"], [5, "double"],
  [7, "timestamp"], [8, "bigint"], [9, "mediumint"], [10, "date"], [11, "time"], [12, "datetime"],
  [13, "year"], [14, "date"], [15, "varchar"], [16, "bit"], [245, "json"], [246, "decimal"],
  [247, "enum"], [248, "set"], [249, "text"], [250, "text"], [251, "text"], [252, "text"],
  [253, "varchar"], [254, "char"],
]);

/** A column of a query, of which only its own result speaks. */
export function mysqlQueryColumn(field: MysqlField): CatalogueColumn {
  const { name, columnType = -1, characterSet, columnLength = 0, decimals } = field;
  const flags = Number(field.flags ?? 0);
  let typeName = protocolTypes.get(columnType) ?? "unknown";
  if (["text", "varchar", "char"].includes(typeName) && characterSet === binarySet) {
    typeName = "varbinary";
  }
  if ((flags & enumFlag) !== 0) typeName = "enum";
  if ((flags & setFlag) !== 0) typeName = "set";
  return {
    ...formed(typeName, {
      isBoolean: ["tinyint", "bit"].includes(typeName) && columnLength === 1,
      isUnsigned: (flags & unsignedFlag) !== 0,
      ...(typeName === "decimal" ? { precision: 65, scale: decimals } : {}),
    }),
    name, typeName, caseIgnore: false, nullable: true, required: false,
    readOnly: false, isKey: false,
  };
}

/** How values of a type are read, written and compared. */
function formed(
  typeName: string,
  { isBoolean, isUnsigned, precision, scale }: {
    readonly isBoolean: boolean;
    readonly isUnsigned: boolean;
    readonly precision?: number;
    readonly scale?: number;
  },
): Pick<CatalogueColumn, "format" | "isArray" | "cast" | "writtenCast"> {
  const format = formats.get(isBoolean ? `${typeName}(1)` : typeName);
  // A text compared with a number would be rounded to eight bytes first.
  const casts: Readonly<Record<string, string>> = {
    integer: isUnsigned ? "unsigned" : "signed", booleanDigit: "signed", booleanBit: "unsigned",
    decimal: `decimal(${precision ?? 65}, ${scale ?? 30})`,
    date: "date", localTime: "datetime(6)", instant: "datetime(6)",
  };
  const type = format === undefined ? undefined : casts[format];
  const cast = format === "float" ? (placeholder: string) => `(${placeholder} + 0e0)`
    : type === undefined ? undefined : (placeholder: string) => `cast(${placeholder} as ${type})`;
  // A cast would make the nearest number of one that is out of range; a column refuses it.
  const writtenCast = format === "booleanBit" ? cast : undefined;
  return { format, isArray: false, cast, writtenCast };
}
