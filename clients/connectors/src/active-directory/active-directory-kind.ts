import type { Connector, ConnectorHost, ConnectorKind } from "../connector.js";
import { prepareSignIn } from "../ldap/session.js";
import { settingProblems } from "../settings.js";
import { ActiveDirectoryConnector } from "./active-directory-connector.js";
import { activeDirectoryConfigurationSchema, toLdapConfiguration } from "./configuration.js";
import { activeDirectoryDialect } from "./dialect.js";

export const activeDirectoryKind: ConnectorKind = {
  name: "active-directory",
  description: "One domain of Active Directory: people, groups and their members.",
  validate: (configuration) => settingProblems(activeDirectoryConfigurationSchema, configuration),
  create: async (configuration: unknown, host: ConnectorHost): Promise<Connector> => {
    const settings = activeDirectoryConfigurationSchema.parse(configuration);
    const dialect = activeDirectoryDialect(settings);
    const signIn = await prepareSignIn(dialect, toLdapConfiguration(settings), host);
    return new ActiveDirectoryConnector(signIn, settings);
  },
};
