import type { Connector, ConnectorHost, ConnectorKind } from "../connector.js";
import { HttpClient } from "../http/http-client.js";
import { settingProblems } from "../settings.js";
import { scimConfigurationSchema } from "./configuration.js";
import { ScimConnector } from "./scim-connector.js";

export const scimKind: ConnectorKind = {
  name: "scim",
  description: "A system that speaks SCIM 2.0: people, groups and their members.",
  validate: (configuration) => settingProblems(scimConfigurationSchema, configuration),
  create: async (configuration: unknown, host: ConnectorHost): Promise<Connector> => {
    const settings = scimConfigurationSchema.parse(configuration);
    return new ScimConnector(await HttpClient.open(settings, host), settings);
  },
};
