import type { CatalogueColumn } from "../dialect.js";
import { sqlFormatsOf } from "../../values/foreign-types.js";
import type { SqlFormatName } from "../../values/sql-formats.js";
import type { SqlSession } from "../session.js";
import type { PostgresqlField } from "./postgresql-driver.js";

const formats = sqlFormatsOf("postgresql");

/**
 * Types of the columns of a result, domains and arrays resolved, and of those that come straight
 * from a table also what the table says of them.
 */
const columnsSql = `
  with recursive field as (
    select * from unnest($at$::int[], $type$::int8[], $modifier$::int[], $relation$::int8[],
      $number$::int[]) as f(at, type, modifier, relation, number)
  ), base as (
    select at, type::oid as type, modifier, 0 as depth from field
    union all
    select base.at, t.typbasetype,
      case when t.typtypmod >= 0 then t.typtypmod else base.modifier end,
      depth + 1
    from base join pg_type t on t.oid = base.type where t.typtype = 'd' and depth < 16
  ), last as (select distinct on (at) at, type, modifier from base order by at, depth desc)
  select field.at, t.typname, t.typtype::text, e.typname as element, e.typtype::text as of,
    case when e.typname = 'bpchar' then 'bpchar' else format_type(e.oid, null) end as "elementName",
    last.modifier, format_type(field.type::oid, field.modifier) as called,
    coalesce(a.attnotnull, false) as "notNull", coalesce(a.atthasdef, false) as "hasDefault",
    coalesce(a.attidentity::text, '') as identity, coalesce(a.attgenerated::text, '') as generated,
    exists (select from pg_index i where i.indrelid = a.attrelid and i.indisunique and i.indisvalid
      and i.indnkeyatts = 1 and i.indkey[0] = a.attnum and i.indpred is null) as "isUnique"
  from field
  join last on last.at = field.at
  join pg_type t on t.oid = last.type
  left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
  left join pg_attribute a on a.attrelid = field.relation::oid and a.attnum = field.number
    and field.relation <> 0
  order by field.at`;

/** The columns of a table or a query by the fields of its result. Throws ConnectorError. */
export async function postgresqlColumns(
  session: SqlSession, fields: readonly PostgresqlField[], isTable: boolean,
): Promise<readonly CatalogueColumn[]> {
  const listOf = (value: (field: PostgresqlField, at: number) => number) => ({
    cell: `{${fields.map(value).join(",")}}`,
  });
  const lists: Readonly<Record<string, { readonly cell: string }>> = {
    at: listOf((_, at) => at), type: listOf((field) => field.dataTypeID),
    modifier: listOf((field) => field.dataTypeModifier),
    relation: listOf((field) => field.tableID), number: listOf((field) => field.columnID),
  };
  const statement = columnsSql.split(/\$(at|type|modifier|relation|number)\$/)
    .map((part, at) => (at % 2 === 1 ? lists[part] as { readonly cell: string } : part));
  const { rows } = await session.run(statement);
  return rows.map((row) => {
    const cells = row as readonly (string | null)[];
    return columnOf(fields[Number(cells[0])]?.name as string, cells, isTable);
  });
}

function columnOf(
  name: string, cells: readonly (string | null)[], isTable: boolean,
): CatalogueColumn {
  const [, typeName, typeKind, element, elementKind, elementName, modifier, called,
    notNull, hasDefault, identity, generated, isUnique] = cells;
  const isArray = element !== null;
  const format = isArray
    ? formatOf(element as string, elementKind as string)
    : formatOf(typeName as string, typeKind as string);
  const bounds = boundsOf((isArray ? element : typeName) as string, Number(modifier));
  const isFilled = hasDefault === "t" || identity !== "" || generated !== "";
  const arrayCast = (placeholder: string): string =>
    `array(select jsonb_array_elements_text(${placeholder}::jsonb))::${elementName}[]`;
  return {
    name,
    typeName: called as string,
    // Bytes among the values of an array are written in a way of their own.
    format: isArray && format === "bytes" ? undefined : format,
    isArray,
    ...bounds,
    caseIgnore: (isArray ? element : typeName) === "citext",
    nullable: notNull !== "t",
    required: isTable && notNull === "t" && !isFilled,
    readOnly: identity === "a" || generated !== "",
    isKey: isTable && notNull === "t" && isUnique === "t",
    ...(isArray ? {
      selectedAs: (column) => `array_to_json(${column}::text[])`,
      cast: arrayCast, writtenCast: arrayCast,
    } : {}),
  };
}

function formatOf(typeName: string, typeKind: string): SqlFormatName | undefined {
  // Enums, ranges and multiranges have a text of their own, which they also read.
  if (["e", "r", "m"].includes(typeKind)) return "text";
  return formats.get(typeName);
}

/** What a type's modifier says: varchar(n), numeric(p, s), timestamp(f). */
function boundsOf(
  typeName: string, modifier: number,
): Pick<CatalogueColumn, "lengthMax" | "digitsMax"> {
  if (typeName === "varchar" || typeName === "bpchar") {
    return modifier < 4 ? {} : { lengthMax: modifier - 4 };
  }
  if (typeName === "numeric") {
    if (modifier < 4) return {};
    // Eleven bits of scale with their sign, since version 15.
    const scale = ((modifier - 4) & 0x7ff) ^ 1024;
    return { digitsMax: scale - 1024 };
  }
  if (typeName.startsWith("timestamp")) return { digitsMax: modifier < 0 ? 6 : modifier };
  return {};
}
