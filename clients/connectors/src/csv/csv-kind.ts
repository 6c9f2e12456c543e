import type { Connector, ConnectorHost, ConnectorKind } from "../connector.js";
import { settingProblems } from "../settings.js";
import { csvConfigurationSchema } from "./configuration.js";
import { CsvConnector } from "./csv-connector.js";

export const csvKind: ConnectorKind = {
  name: "csv",
  description: "Files of comma-separated values with a header row, below the files folder.",
  validate: (configuration) => settingProblems(csvConfigurationSchema, configuration),
  create: async (configuration: unknown, host: ConnectorHost): Promise<Connector> =>
    new CsvConnector(csvConfigurationSchema.parse(configuration), host),
};
