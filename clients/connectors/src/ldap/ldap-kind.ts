import type { Connector, ConnectorHost, ConnectorKind } from "../connector.js";
import { settingProblems } from "../settings.js";
import { ldapConfigurationSchema } from "./configuration.js";
import { standardDialect } from "./dialect.js";
import { LdapConnector } from "./ldap-connector.js";
import { prepareSignIn } from "./session.js";

export const ldapKind: ConnectorKind = {
  name: "ldap",
  description: "A directory that speaks LDAP version 3: people, groups and their members.",
  validate: (configuration) => settingProblems(ldapConfigurationSchema, configuration),
  create: async (configuration: unknown, host: ConnectorHost): Promise<Connector> =>
    new LdapConnector(
      await prepareSignIn(standardDialect, ldapConfigurationSchema.parse(configuration), host),
    ),
};
