import type { Connector, ConnectorHost, ConnectorKind } from "@joinery/connectors";
import type { TenantId } from "@joinery/kit";
import { isObject } from "@joinery/scim";
import { schemaProblems, typesOf } from "../../domain/pushed-types.js";
import type { Tx } from "../ports.js";
import type { PushedReports } from "../pushed-ports.js";
import { toPushedConnector } from "./pushed-connector.js";

/** Name of the connector whose system is what others push. */
export const pushedConnector = "pushed";

/** What a connector of ours knows beside what every connector does. */
export interface ApplicationHost extends ConnectorHost {
  readonly tenant: TenantId;
  /** Null for an application that is not there yet. */
  readonly applicationId: string | null;
}

/** A kind of connector that may need to know for which application it is made. */
export interface HostedKind extends Pick<ConnectorKind, "name" | "description" | "validate"> {
  create(configuration: unknown, host: ApplicationHost): Promise<Connector>;
}

/**
 * Asks nobody: its system is what clients pushed, by SCIM 2.0 or the graph. Its only setting is
 * `schemas`, extensions of its own.
 */
export function pushedKind(
  within: <T>(tenant: TenantId, work: (tx: Tx) => Promise<T>) => Promise<T>,
  reports: PushedReports,
  now: () => Date,
): HostedKind {
  return {
    name: pushedConnector,
    description: "People and groups that others push here, by SCIM 2.0; nobody is asked.",
    validate: (configuration) => {
      if (!isObject(configuration)) return [{ setting: "", message: "must be an object" }];
      const { schemas, ...others } = configuration;
      const unknown = Object.keys(others).map((setting) => ({
        setting, message: "is not a setting",
      }));
      return [...unknown, ...schemaProblems(schemas)];
    },
    create: (configuration, { tenant, applicationId }) => Promise.resolve(toPushedConnector(
      (work) => within(tenant, work), reports, applicationId, now, typesOf(configuration))),
  };
}
