import type { CatalogueColumn } from "../dialect.js";
import { selectAll, fromText } from "../relation.js";
import type { SqlRelation } from "../relation-settings.js";
import type { SqlSession } from "../session.js";
import { formed, keepsText } from "./sqlserver-types.js";

/** Under which the session keeps what its transaction took for the number of the next change. */
export const unsettledKey = "joinery_unsettled";

/** The columns of a result in their order, and what a table of that name says of them. */
const columnsSql = [`
  select d.name, t.name, d.system_type_name, d.max_length, d.precision, d.scale,
    d.is_nullable, d.collation_name,
    convert(int, collationproperty(d.collation_name, 'CodePage')),
    c.column_id,
    case when c.default_object_id <> 0 then 1 else 0 end,
    case when c.is_identity = 1 or c.is_computed = 1 or c.generated_always_type <> 0
      then 1 else 0 end,
    case when exists (
      select 1 from sys.indexes i join sys.index_columns k
        on k.object_id = i.object_id and k.index_id = i.index_id and k.key_ordinal > 0
      where i.object_id = c.object_id and i.is_unique = 1 and i.has_filter = 0
        and i.is_disabled = 0 and k.column_id = c.column_id and not exists (
          select 1 from sys.index_columns o where o.object_id = i.object_id
            and o.index_id = i.index_id and o.key_ordinal > 1))
      then 1 else 0 end
  from sys.dm_exec_describe_first_result_set(`, "query", `, null, 0) d
  left join sys.types t on t.user_type_id = d.system_type_id
  left join sys.columns c on c.object_id = object_id(`, "table", `)
    and c.name collate latin1_general_bin2 = d.name collate latin1_general_bin2
  order by d.column_ordinal`,
] as const;

/** The columns of a table or a query as the server describes them. Throws ConnectorError. */
export async function sqlServerColumns(
  session: SqlSession, relation: SqlRelation,
): Promise<readonly CatalogueColumn[]> {
  const { dialect } = session;
  const query = selectAll(dialect, relation);
  // Who may not read it, or names what is not there, is told by the statement itself.
  await session.fields(query);
  const cells: Readonly<Record<string, string | null>> = {
    query, table: relation.table === undefined ? null : fromText(dialect, relation),
  };
  const statement = columnsSql.map((part) =>
    (part in cells ? { cell: cells[part] as string | null } : part));
  const { rows } = await session.run(statement);
  return rows.map((row) => columnOf(row as readonly (string | null)[]));
}

function columnOf(cells: readonly (string | null)[]): CatalogueColumn {
  const [name, base, typeName, length, precision, scale, nullable, collation, codePage, column,
    hasDefault, isFilled, isUnique] = cells;
  const type = base ?? "unknown";
  const isTable = column !== null;
  const isVersion = type === "timestamp";
  const readOnly = isFilled === "1" || isVersion;
  return {
    ...formed({ type, length: Number(length), precision: Number(precision), scale: Number(scale) }),
    name: name ?? "",
    typeName: typeName ?? type,
    isArray: false,
    keeps: keepsText(type, codePage === null ? undefined : Number(codePage)),
    ...(isVersion ? { version: {
      unsettled: "convert(nvarchar(20), convert(bigint, convert(binary(8), "
        + `session_context(N'${unsettledKey}'))))`,
      cast: (placeholder) => `convert(binary(8), convert(bigint, ${placeholder}))`,
    } } : {}),
    caseIgnore: /_CI(_|$)/.test(collation ?? ""),
    nullable: nullable !== "0",
    required: isTable && nullable === "0" && hasDefault !== "1" && !readOnly,
    readOnly,
    isKey: isTable && nullable === "0" && isUnique === "1",
  };
}
