import { resolve } from "node:path";
import {
  oneOf,
  port,
  readConfig,
  text,
  url,
  type ConfigOf,
  type Variable,
} from "@joinery/kit";

export const topologies = ["compact", "distributed"] as const;
/** `compact`: one web and one task process. `distributed`: each service and role for itself. */
export type Topology = (typeof topologies)[number];

/** What `npm start` reads; whatever else is set reaches the processes that it starts. */
export const launchVariables = {
  dataFolder: {
    name: "JOINERY_DATA_FOLDER",
    help: "folder that holds everything: database, broker, keys, files",
    parse: text,
    fallback: { value: "data", shown: "`data`" },
  },
  topology: {
    name: "JOINERY_TOPOLOGY",
    help: "`compact`: one web, one task process; `distributed`: one process per service and role",
    parse: oneOf(topologies),
    fallback: { value: "compact", shown: "`compact`" },
  },
  host: {
    name: "JOINERY_HOST",
    help: "address that the gateway listens on",
    parse: text,
    fallback: { value: "127.0.0.1", shown: "`127.0.0.1`" },
  },
  port: {
    name: "JOINERY_PORT",
    help: "port that the gateway listens on; 0 takes a free one",
    parse: port,
    fallback: { value: 4000, shown: "`4000`" },
  },
  databaseUrl: {
    name: "DATABASE_URL",
    help: "PostgreSQL 15 or newer, as a role that may create roles and databases",
    parse: url("postgres:", "postgresql:"),
    fallback: { value: null, shown: "embedded" },
    secret: true,
  } satisfies Variable<string | null> as Variable<string | null>,
  natsUrl: {
    name: "NATS_URL",
    help: "NATS 2.9 or newer with JetStream, with its credentials; brought along if unset",
    parse: text,
    fallback: { value: null, shown: "brought along" },
    secret: true,
  } satisfies Variable<string | null> as Variable<string | null>,
  ownerEmail: {
    name: "JOINERY_OWNER_EMAIL",
    help: "e-mail address of the first owner, made at the first start",
    parse: email,
    fallback: { value: "owner@localhost", shown: "`owner@localhost`" },
  },
  organisation: {
    name: "JOINERY_ORGANISATION",
    help: "name of the first organisation, made at the first start",
    parse: text,
    fallback: { value: "First organisation", shown: "`First organisation`" },
  },
} as const;

export type LaunchConfig = ConfigOf<typeof launchVariables>;

export function readLaunchConfig(environment: NodeJS.ProcessEnv): LaunchConfig {
  const config = readConfig(launchVariables, environment);
  return { ...config, dataFolder: resolve(config.dataFolder) };
}

function email(value: string): string {
  if (!/^[^\s@]+@[^\s@]+$/.test(value)) throw new Error("is no e-mail address");
  return value;
}
