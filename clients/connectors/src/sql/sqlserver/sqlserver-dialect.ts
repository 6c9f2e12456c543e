import { ConnectorError } from "../../connector.js";
import type { SqlDialect } from "../dialect.js";
import { lockNameOf } from "../lock-name.js";
import { sqlServerColumns, unsettledKey } from "./sqlserver-catalogue.js";
import { connectSqlServer } from "./sqlserver-driver.js";
import { explainSqlServer } from "./sqlserver-errors.js";

/** SQL Server 2016 or newer, and Azure SQL. */
export const sqlServerDialect: SqlDialect = {
  name: "sqlserver",
  portByDefault: 1433,
  connect: connectSqlServer,
  opening: ({ timeouts }) => [[
    // One error undoes the whole transaction, so nothing half is ever committed.
    "set nocount on", "set xact_abort on", "set dateformat ymd", "set ansi_warnings on",
    "set ansi_padding on", "set quoted_identifier on", `set lock_timeout ${timeouts.answerMs}`,
  ].join("; ")],
  // What ends a connection that went silent is the server's own: it has no clock for that.
  openingToWrite: () => ["set deadlock_priority normal"],
  quote: (name) => `[${name.replaceAll("]", "]]")}]`,
  placeholder: (number) => `@p${number}`,
  limit: (rows) => `offset 0 rows fetch next ${rows} rows only`,
  limitAny: (rows) => `order by (select null) offset 0 rows fetch next ${rows} rows only`,
  beginRead: [
    // Taken before the moment that the transaction sees, so that no change falls in between.
    "declare @unsettled binary(8) = min_active_rowversion(); "
      + `exec sys.sp_set_session_context @key = N'${unsettledKey}', @value = @unsettled`,
    // Of two that wait for each other it is the reader who gives way.
    "set deadlock_priority low",
    // Without snapshots what was read stays as it was until the end: whoever writes it waits.
    "if exists (select 1 from sys.databases where database_id = db_id()"
      + " and snapshot_isolation_state = 1) set transaction isolation level snapshot"
      + " else set transaction isolation level serializable",
    "begin transaction",
  ],
  beginWrite: ["set transaction isolation level read committed", "begin transaction"],
  beginSerial: ["set transaction isolation level serializable", "begin transaction"],
  rollback: "if @@trancount > 0 rollback",
  lock: { table: "with (updlock, holdlock)", end: "" },
  columns: sqlServerColumns,
  lockName: async (session, name) => {
    const statement = [
      "declare @granted int; exec @granted = sys.sp_getapplock @Resource = ",
      { cell: lockNameOf(name) }, ", @LockMode = 'Exclusive', @LockOwner = 'Transaction', "
        + `@LockTimeout = ${session.configuration.timeouts.answerMs}; select @granted`,
    ];
    const { rows } = await session.run(statement, "write");
    if (Number(rows[0]?.[0] ?? -1) >= 0) return;
    throw new ConnectorError("retry", "CONNECTOR_BUSY", "others create under the same key");
  },
  unlockName: () => Promise.resolve(),
  now: "convert(nvarchar(27), sysutcdatetime(), 121)",
  explain: explainSqlServer,
};
