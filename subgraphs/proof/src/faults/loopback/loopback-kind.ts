import {
  connectorKinds, type Connector, type ConnectorHost, type ConnectorKind,
} from "@joinery/connectors";
import { LoopbackConnector } from "./loopback-connector.js";

/** Name of the secret that the loopback systems ask for. */
export const loopbackSecret = "loopback";

/**
 * `loopback` is a connector as it should be. `careless` has a defect: it creates without having
 * looked whether the account is there, which a campaign must find.
 */
export type LoopbackKind = "loopback" | "careless";

/** Beside the built-in kinds, in the processes of a campaign only. */
export function addLoopbackKinds(): void {
  const kinds = connectorKinds as Map<string, ConnectorKind>;
  for (const name of ["loopback", "careless"] as const) kinds.set(name, loopbackKind(name));
}

function loopbackKind(name: LoopbackKind): ConnectorKind {
  return {
    name,
    description: "A system of a campaign, on this machine.",
    validate: (configuration) => {
      const isGood = typeof urlOf(configuration) === "string";
      return isGood ? [] : [{ setting: "url", message: "is required" }];
    },
    create: async (configuration: unknown, host: ConnectorHost): Promise<Connector> => {
      const secret = await host.secret(loopbackSecret);
      const isCareful = name === "loopback";
      return new LoopbackConnector({ url: String(urlOf(configuration)), secret, isCareful });
    },
  };
}

function urlOf(configuration: unknown): unknown {
  return (configuration as { url?: unknown } | null)?.url;
}
