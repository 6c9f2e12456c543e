import type { ConnectorErrorCode, ConnectorErrorKind } from "../connector.js";
import type { SqlFormatName } from "../values/sql-formats.js";
import type { SqlConfiguration } from "./configuration.js";
import type { SqlRelation } from "./relation-settings.js";
import type { SignIn, SqlDriver, SqlSession } from "./session.js";

/** What was asked of the database: the same error means something else on each. */
export type SqlTask = "signIn" | "read" | "write";

export interface SqlMeaning {
  readonly kind: ConnectorErrorKind;
  readonly code: ConnectorErrorCode;
  readonly reason: string;
}

/** What the catalogue says of one column of a table or query. */
export interface CatalogueColumn {
  readonly name: string;
  /** The type in the database's words. */
  readonly typeName: string;
  /** Undefined for a type that we cannot read without loss. */
  readonly format: SqlFormatName | undefined;
  /** Several values in one cell, by the database itself. */
  readonly isArray: boolean;
  /** Most characters of a text, where there is a bound. */
  readonly lengthMax?: number | undefined;
  /** Most digits behind the point of a decimal, or of seconds. */
  readonly digitsMax?: number | undefined;
  readonly caseIgnore: boolean;
  readonly nullable: boolean;
  /** It takes no null and has no value of its own for who gives none. */
  readonly required: boolean;
  /** The database fills it and takes nothing else. */
  readonly readOnly: boolean;
  /** No two rows share a value, and each has one. */
  readonly isKey: boolean;
  /** Around the column where it is selected: drivers would make less of it than it is. */
  readonly selectedAs?: ((column: string) => string) | undefined;
  /** Whether a text is kept as it is, where length and digits do not say. */
  readonly keeps?: ((text: string) => boolean) | undefined;
  /** It is a number that the database gives to each change, and knows which are settled. */
  readonly version?: SqlVersion | undefined;
  /** Around a bound value that is compared, so that it has the column's type. */
  readonly cast?: ((placeholder: string) => string) | undefined;
  /** Around one that is written: only where the database does not take the text as it is. */
  readonly writtenCast?: ((placeholder: string) => string) | undefined;
}

/** A column that the database itself makes greater with each change of its row. */
export interface SqlVersion {
  /** The number from which on changes may still come, as a decimal text: what is less stands. */
  readonly unsettled: string;
  /** Around such a number that is compared with the column. */
  readonly cast: (placeholder: string) => string;
}

/** What stands in the list of a select for a column. */
export function selectedOf(dialect: SqlDialect, column: CatalogueColumn): string {
  const quoted = dialect.quote(column.name);
  return column.selectedAs?.(quoted) ?? quoted;
}

/** One kind of database. */
export interface SqlDialect {
  readonly name: SqlConfiguration["dialect"];
  readonly portByDefault: number;
  connect(signIn: SignIn, signal: AbortSignal): Promise<SqlDriver>;
  /** Sent on each new connection: how values are written, how long things may take. */
  opening(configuration: SqlConfiguration): readonly string[];
  /** Besides, on one that writes: nobody holds rows who has gone silent. A read may be slow. */
  openingToWrite(configuration: SqlConfiguration): readonly string[];
  /** A name as the database takes it, whatever signs are in it. */
  quote(name: string): string;
  placeholder(number: number): string;
  /** Behind ORDER BY. */
  limit(rows: number): string;
  /** Behind WHERE, when any of the rows will do. */
  limitAny(rows: number): string;
  /** Begins a transaction that only reads, and sees one moment where the database can. */
  readonly beginRead: readonly string[];
  /** For rows that are locked one by one, and for queries, whose rows cannot be. */
  readonly beginWrite: readonly string[];
  readonly beginSerial: readonly string[];
  /** Undoes a transaction, also one that the database undid already. */
  readonly rollback: string;
  /** Of a row that is about to be written: behind the table's name, and at the end. */
  readonly lock: { readonly table: string; readonly end: string };
  columns(session: SqlSession, relation: SqlRelation): Promise<readonly CatalogueColumn[]>;
  /** Holds a name until the transaction ends, so two creates of one key follow each other. */
  lockName(session: SqlSession, name: string): Promise<void>;
  unlockName(session: SqlSession, name: string): Promise<void>;
  /** The database's clock in UTC, as an instant. */
  readonly now: string;
  /** Undefined for what the database did not say: the line broke. */
  explain(error: unknown, task: SqlTask): SqlMeaning | undefined;
}
