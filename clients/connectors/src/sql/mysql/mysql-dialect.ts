import { ConnectorError } from "../../connector.js";
import type { SqlDialect } from "../dialect.js";
import { lockNameOf } from "../lock-name.js";
import { selectAll } from "../relation.js";
import { mysqlQueryColumn, mysqlTableColumns } from "./mysql-catalogue.js";
import { connectMysql, type MysqlField } from "./mysql-driver.js";
import { explainMysql } from "./mysql-errors.js";

/** MySQL 8.0 or newer and MariaDB 10.5 or newer. */
export const mysqlDialect: SqlDialect = {
  name: "mysql",
  portByDefault: 3306,
  connect: connectMysql,
  opening: ({ timeouts }) => {
    const seconds = Math.max(1, Math.ceil(timeouts.answerMs / 1_000));
    return [
      // Strict, so nothing is cut; quotes and backslashes as templates are read here.
      "set session sql_mode = 'STRICT_ALL_TABLES,STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'",
      "set session time_zone = '+00:00', character_set_results = 'utf8mb4'"
        + `, innodb_lock_wait_timeout = ${seconds}`
        // MariaDB alone reads this: it ends what nobody waits for any more.
        + ` /*M!100500 , max_statement_time = ${seconds} */`,
    ];
  },
  openingToWrite: ({ timeouts }) => {
    const seconds = Math.max(2, Math.ceil(timeouts.answerMs / 500));
    return [`set session autocommit = 1 /*M!100500 , idle_transaction_timeout = ${seconds} */`];
  },
  quote: (name) => `\`${name.replaceAll("`", "``")}\``,
  placeholder: () => "?",
  limit: (rows) => `limit ${rows}`,
  limitAny: (rows) => `limit ${rows}`,
  beginRead: [
    "set transaction isolation level repeatable read",
    "start transaction with consistent snapshot, read only",
  ],
  beginWrite: ["set transaction isolation level read committed", "start transaction"],
  beginSerial: ["set transaction isolation level serializable", "start transaction"],
  rollback: "rollback",
  lock: { table: "", end: "for update" },
  columns: async (session, relation) => {
    if (relation.table !== undefined) {
      const columns = await mysqlTableColumns(session, relation.table);
      if (columns.length > 0) return columns;
    }
    const fields = await session.fields(selectAll(session.dialect, relation));
    return fields.map((field) => mysqlQueryColumn(field.native as MysqlField));
  },
  lockName: async (session, name) => {
    const seconds = Math.ceil(session.configuration.timeouts.answerMs / 1_000);
    const statement = ["select get_lock(", { cell: lockNameOf(name) }, `, ${seconds})`];
    const { rows } = await session.run(statement, "write");
    if (rows[0]?.[0] === "1") return;
    throw new ConnectorError("retry", "CONNECTOR_BUSY", "others create under the same key");
  },
  unlockName: async (session, name) => {
    await session.run(["select release_lock(", { cell: lockNameOf(name) }, ")"], "write");
  },
  now: "date_format(utc_timestamp(6), '%Y-%m-%d %H:%i:%s.%f')",
  explain: explainMysql,
};
