import type { Connector, ConnectorHost, ConnectorKind } from "../connector.js";
import { HttpClient } from "../http/http-client.js";
import { settingProblems } from "../settings.js";
import { httpJsonConfigurationSchema } from "./configuration.js";
import { HttpJsonConnector } from "./http-json-connector.js";

export const httpJsonKind: ConnectorKind = {
  name: "http-json",
  description: "A system that speaks JSON over HTTP: people, groups and members, as you say where.",
  validate: (configuration) => settingProblems(httpJsonConfigurationSchema, configuration),
  create: async (configuration: unknown, host: ConnectorHost): Promise<Connector> => {
    const settings = httpJsonConfigurationSchema.parse(configuration);
    return new HttpJsonConnector(await HttpClient.open(settings, host), settings);
  },
};
