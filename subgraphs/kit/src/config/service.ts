import { logLevels } from "../log.js";
import { oneOf, port, readConfig, text, url, type ConfigOf } from "./variables.js";

/** What every service process reads; `{SERVICE}` variables carry the service's name. */
export function serviceVariables(service: string) {
  const prefix = `JOINERY_${service.toUpperCase()}`;
  return {
    databaseUrl: {
      name: `${prefix}_DATABASE_URL`,
      help: `PostgreSQL address of the ${service} service role`,
      parse: url("postgres:", "postgresql:"),
      secret: true,
    },
    ownerDatabaseUrl: {
      name: `${prefix}_OWNER_DATABASE_URL`,
      help: `PostgreSQL address of the ${service} owner role, for migrations and sign-up`,
      parse: url("postgres:", "postgresql:"),
      secret: true,
    },
  } as const;
}

/** What every process of ours reads. */
export const processVariables = {
  natsUrl: {
    name: "NATS_URL",
    help: "address of the NATS server, with its credentials",
    parse: url("nats:", "tls:"),
    secret: true,
  },
  internalKeyFile: {
    name: "JOINERY_INTERNAL_KEY_FILE",
    help: "private key (JWK, Ed25519) that signs calls between our processes",
    parse: text,
  },
  dataFolder: {
    name: "JOINERY_DATA_FOLDER",
    help: "folder of files that connectors read and write, keys and embedded services",
    parse: text,
    fallback: { value: "data", shown: "`data`" },
  },
  logLevel: {
    name: "JOINERY_LOG_LEVEL",
    help: "least level that is logged",
    parse: oneOf(logLevels),
    fallback: { value: "info", shown: "`info`" },
  },
  poolSize: {
    name: "JOINERY_POOL_SIZE",
    help: "connections of a pool to PostgreSQL, 2 to 20; with `DATABASE_URL` 2, which is 60 in all",
    parse: poolSize,
    fallback: { value: 5, shown: "`5`" },
  },
  host: {
    name: "JOINERY_HOST",
    help: "address that a process listens on",
    parse: text,
    fallback: { value: "127.0.0.1", shown: "`127.0.0.1`" },
  },
  port: {
    name: "JOINERY_PORT",
    help: "port that a process listens on; 0 takes a free one",
    parse: port,
    fallback: { value: 4000, shown: "`4000`" },
  },
} as const;

export type ProcessConfig = ConfigOf<typeof processVariables>;
export type ServiceConfig = ConfigOf<ReturnType<typeof serviceVariables>>;

export function readProcessConfig(environment: NodeJS.ProcessEnv): ProcessConfig {
  return readConfig(processVariables, environment);
}

export function readServiceConfig(service: string, environment: NodeJS.ProcessEnv): ServiceConfig {
  return readConfig(serviceVariables(service), environment);
}

function poolSize(value: string): number {
  const size = Number(value);
  // With one, a transaction that waits for another of its own process would wait for ever.
  const fits = Number.isInteger(size) && size >= 2 && size <= 20;
  if (!fits) throw new Error("is no number from 2 to 20");
  return size;
}
