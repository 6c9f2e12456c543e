import type { SqlDialect } from "./dialect.js";
import type { SqlRelation } from "./relation-settings.js";
import { innerQuery } from "./templates.js";

/** What stands behind FROM: the quoted table, or the query in parentheses with a name. */
export function fromText(dialect: SqlDialect, relation: SqlRelation, hint = ""): string {
  if (relation.table === undefined) {
    return `(${innerQuery(dialect.name, relation.query)}) as ${dialect.quote("joinery_query")}`;
  }
  const { schema, name } = relation.table;
  const path = schema === undefined ? [name] : [schema, name];
  return `${path.map((part) => dialect.quote(part)).join(".")}${hint === "" ? "" : ` ${hint}`}`;
}

/** Every column and no row. */
export function selectAll(dialect: SqlDialect, relation: SqlRelation): string {
  return `select * from ${fromText(dialect, relation)} where 1 = 0`;
}

/** For people: the table's name, or that it is the query. */
export function calledRelation(relation: SqlRelation): string {
  if (relation.table === undefined) return "the query";
  const { schema, name } = relation.table;
  return schema === undefined ? `"${name}"` : `"${schema}"."${name}"`;
}
