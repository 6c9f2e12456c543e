import type { SqlFormatName } from "./sql-formats.js";

/** A type of PostgreSQL by its name in `pg_type`. Enums and ranges are read as text. */
export const postgresqlTypes: ReadonlyMap<string, SqlFormatName> = new Map([
  ["int2", "integer"], ["int4", "integer"], ["int8", "integer"], ["oid", "integer"],
  ["numeric", "decimal"], ["float4", "float"], ["float8", "float"], ["bool", "booleanLetter"],
  ["text", "text"], ["varchar", "text"], ["name", "text"], ["citext", "text"],
  ["bpchar", "padded"], ["uuid", "uuid"], ["date", "date"], ["timestamptz", "instant"],
  ["timestamp", "localTime"], ["bytea", "bytes"], ["json", "text"], ["jsonb", "text"],
  ["xml", "text"], ["inet", "text"], ["cidr", "text"], ["macaddr", "text"], ["time", "text"],
  ["timetz", "text"], ["interval", "text"],
]);

/** A type of MySQL and MariaDB; `tinyint(1)` is their boolean. */
export const mysqlTypes: ReadonlyMap<string, SqlFormatName> = new Map([
  ["tinyint(1)", "booleanDigit"], ["tinyint", "integer"], ["smallint", "integer"],
  ["mediumint", "integer"], ["int", "integer"], ["bigint", "integer"], ["year", "integer"],
  ["decimal", "decimal"], ["float", "float"], ["double", "float"], ["bit(1)", "booleanBit"],
  ["bit", "bytes"], ["char", "text"], ["varchar", "text"], ["tinytext", "text"], ["text", "text"],
  ["mediumtext", "text"], ["longtext", "text"], ["enum", "text"], ["set", "text"],
  ["json", "text"], ["uuid", "uuid"], ["inet4", "text"], ["inet6", "text"], ["time", "text"],
  ["date", "date"], ["datetime", "localTime"], ["timestamp", "instant"], ["binary", "bytes"],
  ["varbinary", "bytes"], ["tinyblob", "bytes"], ["blob", "bytes"], ["mediumblob", "bytes"],
  ["longblob", "bytes"],
]);
