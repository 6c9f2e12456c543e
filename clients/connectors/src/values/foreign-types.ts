import type { ConnectorAttributeType } from "../connector.js";
import type { SqlFormatName } from "./sql-formats.js";

interface ForeignType {
  /** What the type is to us. */
  readonly type: ConnectorAttributeType;
  readonly names: readonly string[];
}

interface SqlType extends ForeignType {
  /** How a database writes its values (`sqlFormats`). */
  readonly format: SqlFormatName;
}

const standard = "1.3.6.1.4.1.1466.115.121.1.";
const active = "1.2.840.113556.1.4.";

/**
 * The types of every system and what they are to us. A type that is not named here is a text.
 *
 * | here | LDAP | SCIM | PostgreSQL | MySQL, MariaDB | SQL Server | CSV, JSON |
 * | --- | --- | --- | --- | --- | --- | --- |
 * | string | Directory String … | string, … | text, uuid … | varchar, json … | nvarchar … | text |
 * | boolean | Boolean | boolean | bool | tinyint(1), bit(1) | bit | true, false |
 * | integer | INTEGER | integer | int8 … | bigint … | bigint … | digits, beyond 2^53 as text |
 * | decimal | | decimal | numeric, float8 | decimal, double | decimal, money, float | digits |
 * | instant | Generalized Time | dateTime | timestamptz | timestamp | datetimeoffset | RFC 3339 |
 * | date | | | date | date | date | YYYY-MM-DD |
 * | binary | Octet String … | binary | bytea | blob … | varbinary, rowversion … | base64 |
 * | reference | DN | | | | | text |
 */
export const foreignTypes = {
  /** Syntaxes (RFC 4517 §3.3; Active Directory's own). */
  ldap: [
    { type: "boolean", names: [`${standard}7`] },
    { type: "integer", names: [`${standard}27`, `${active}906`] },
    { type: "instant", names: [`${standard}24`] },
    {
      type: "binary",
      names: [
        ...[4, 5, 8, 9, 10, 23, 28, 40].map((each) => standard + String(each)), `${active}907`,
      ],
    },
    { type: "reference", names: [`${standard}12`, `${standard}34`] },
  ],
  /** RFC 7643 §2.3; a reference of SCIM is an address, so it is a text. */
  scim: [
    { type: "string", names: ["string", "reference", "complex"] },
    { type: "boolean", names: ["boolean"] },
    { type: "integer", names: ["integer"] },
    { type: "decimal", names: ["decimal"] },
    { type: "instant", names: ["dateTime"] },
    { type: "binary", names: ["binary"] },
  ],
  /** By their names in `pg_type`. */
  postgresql: [
    { type: "string", format: "text", names: [
      "text", "varchar", "name", "citext", "json", "jsonb", "xml", "inet", "cidr", "macaddr",
      "time", "timetz", "interval",
    ] },
    { type: "string", format: "padded", names: ["bpchar"] },
    { type: "string", format: "uuid", names: ["uuid"] },
    { type: "string", format: "localTime", names: ["timestamp"] },
    { type: "boolean", format: "booleanLetter", names: ["bool"] },
    { type: "integer", format: "integer", names: ["int2", "int4", "int8", "oid"] },
    { type: "decimal", format: "decimal", names: ["numeric"] },
    { type: "decimal", format: "float", names: ["float4", "float8"] },
    { type: "instant", format: "instant", names: ["timestamptz"] },
    { type: "date", format: "date", names: ["date"] },
    { type: "binary", format: "bytes", names: ["bytea"] },
  ],
  /** By their names in the catalogue; `tinyint(1)` is a boolean. */
  mysql: [
    { type: "string", format: "text", names: [
      "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "json",
      "inet4", "inet6", "time",
    ] },
    { type: "string", format: "uuid", names: ["uuid"] },
    { type: "string", format: "localTime", names: ["datetime"] },
    { type: "boolean", format: "booleanDigit", names: ["tinyint(1)"] },
    { type: "boolean", format: "booleanBit", names: ["bit(1)"] },
    { type: "integer", format: "integer", names: [
      "tinyint", "smallint", "mediumint", "int", "bigint", "year",
    ] },
    { type: "decimal", format: "decimal", names: ["decimal"] },
    { type: "decimal", format: "float", names: ["float", "double"] },
    { type: "instant", format: "instant", names: ["timestamp"] },
    { type: "date", format: "date", names: ["date"] },
    { type: "binary", format: "bytes", names: [
      "bit", "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob",
    ] },
  ],
  /** By their names in `sys.types`, where a rowversion is a `timestamp`. */
  sqlserver: [
    { type: "string", format: "text", names: [
      "varchar", "nvarchar", "text", "ntext", "xml", "time",
    ] },
    { type: "string", format: "padded", names: ["char", "nchar"] },
    { type: "string", format: "uuid", names: ["uniqueidentifier"] },
    { type: "string", format: "localTime", names: ["datetime", "datetime2", "smalldatetime"] },
    { type: "boolean", format: "booleanDigit", names: ["bit"] },
    { type: "integer", format: "integer", names: ["tinyint", "smallint", "int", "bigint"] },
    { type: "decimal", format: "decimal", names: ["decimal", "numeric", "money", "smallmoney"] },
    { type: "decimal", format: "float", names: ["float", "real"] },
    { type: "instant", format: "instant", names: ["datetimeoffset"] },
    { type: "date", format: "date", names: ["date"] },
    { type: "binary", format: "bytes", names: ["binary", "varbinary", "image", "timestamp"] },
  ],
} as const satisfies {
  readonly ldap: readonly ForeignType[];
  readonly scim: readonly ForeignType[];
  readonly postgresql: readonly SqlType[];
  readonly mysql: readonly SqlType[];
  readonly sqlserver: readonly SqlType[];
};

/** Type of LDAP or SCIM → what it is to us. */
export function typesOf(system: "ldap" | "scim"): ReadonlyMap<string, ConnectorAttributeType> {
  const rows: readonly ForeignType[] = foreignTypes[system];
  return new Map(rows.flatMap(({ type, names }) => names.map((name) => [name, type] as const)));
}

/** Type of a database → how it writes its values. */
export function sqlFormatsOf(
  system: "postgresql" | "mysql" | "sqlserver",
): ReadonlyMap<string, SqlFormatName> {
  const rows: readonly SqlType[] = foreignTypes[system];
  return new Map(rows.flatMap(({ format, names }) => names.map((name) => [name, format] as const)));
}
