import type { SqlDialect } from "../dialect.js";
import { selectAll } from "../relation.js";
import { postgresqlColumns } from "./postgresql-catalogue.js";
import { connectPostgresql, type PostgresqlField } from "./postgresql-driver.js";
import { explainPostgresql } from "./postgresql-errors.js";

/** PostgreSQL 12 or newer. */
export const postgresqlDialect: SqlDialect = {
  name: "postgresql",
  portByDefault: 5432,
  connect: connectPostgresql,
  opening: ({ timeouts, rowSecurity }) => [
    [
      "set datestyle = 'ISO, YMD'", "set intervalstyle = 'iso_8601'", "set timezone = 'UTC'",
      "set bytea_output = 'hex'", "set extra_float_digits = 1", "set xmloption = 'content'",
      "set standard_conforming_strings = on", "set client_encoding = 'UTF8'",
      `set statement_timeout = ${timeouts.answerMs}`, `set lock_timeout = ${timeouts.answerMs}`,
      // Off, a query whose rows a policy would hide is an error instead of a shorter answer.
      `set row_security = ${rowSecurity === "refuse" ? "off" : "on"}`,
    ].join("; "),
  ],
  openingToWrite: ({ timeouts }) =>
    [`set idle_in_transaction_session_timeout = ${timeouts.answerMs * 2}`],
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  placeholder: (number) => `$${number}`,
  limit: (rows) => `limit ${rows}`,
  limitAny: (rows) => `limit ${rows}`,
  beginRead: ["begin isolation level repeatable read read only"],
  beginWrite: ["begin isolation level read committed read write"],
  beginSerial: ["begin isolation level serializable read write"],
  rollback: "rollback",
  lock: { table: "", end: "for update" },
  columns: async (session, relation) => {
    const fields = await session.fields(selectAll(session.dialect, relation));
    const native = fields.map((field) => field.native as PostgresqlField);
    return postgresqlColumns(session, native, relation.table !== undefined);
  },
  lockName: async (session, name) => {
    const statement = ["select pg_advisory_xact_lock(hashtextextended(", { cell: name }, ", 0))"];
    await session.run(statement, "write");
  },
  unlockName: () => Promise.resolve(),
  now: "to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
  explain: explainPostgresql,
};
