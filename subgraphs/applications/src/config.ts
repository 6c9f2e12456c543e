import { readConfig } from "@joinery/kit";

/** Where connectors may connect to. */
export const applicationsVariables = {
  connectorNetworks: {
    name: "JOINERY_CONNECTOR_NETWORKS",
    help: "networks that connectors may reach over HTTP beside the public internet, as "
      + "`10.0.0.0/8,fd00::/8`",
    parse: (value: string): readonly string[] => value.split(",").map((each) => each.trim()),
    fallback: { value: [], shown: "none" },
  },
} as const;

/** Throws CONFIG_INVALID. What is no network `reachOf` refuses. */
export function readApplicationsConfig(environment: NodeJS.ProcessEnv) {
  return readConfig(applicationsVariables, environment);
}
