import type { Connector, ConnectorHost, ConnectorKind } from "../connector.js";
import { settingProblems } from "../settings.js";
import { sqlConfigurationSchema, type SqlDialectName } from "./configuration.js";
import type { SqlDialect } from "./dialect.js";
import { mysqlDialect } from "./mysql/mysql-dialect.js";
import { postgresqlDialect } from "./postgresql/postgresql-dialect.js";
import { SqlConnector } from "./sql-connector.js";
import { sqlServerDialect } from "./sqlserver/sqlserver-dialect.js";

const dialects: Readonly<Record<SqlDialectName, SqlDialect>> = {
  postgresql: postgresqlDialect, mysql: mysqlDialect, sqlserver: sqlServerDialect,
};

export const sqlKind: ConnectorKind = {
  name: "sql",
  description: "Tables or queries of PostgreSQL, MySQL, MariaDB or SQL Server.",
  validate: (configuration) => settingProblems(sqlConfigurationSchema, configuration),
  create: async (configuration: unknown, host: ConnectorHost): Promise<Connector> => {
    const settings = sqlConfigurationSchema.parse(configuration);
    const password = await host.secret(settings.passwordSecret);
    const ca = settings.caSecret === undefined ? settings.ca
      : (await host.secret(settings.caSecret)).use((plain) => plain);
    const dialect = dialects[settings.dialect];
    return new SqlConnector({ dialect, configuration: settings, password, ca });
  },
};
