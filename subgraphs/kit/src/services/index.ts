export { servicesConfig, type ServicesConfig } from "./config.js";
export { holdFolder, holdWhenFree, type Hold } from "./hold.js";
export { startNats, type NatsOptions, type NatsServer } from "./nats.js";
export { natsAddress, type NatsAddress } from "./nats-address.js";
export type { JetStreamSettings } from "./nats-config.js";
export {
  findNatsServer,
  type FindNatsOptions,
  type NatsServerProgram,
  type NatsSource,
} from "./nats-find.js";
export { freePort, isPortFree, waitForPort } from "./ports.js";
export { startPostgres, type PostgresOptions, type PostgresServer } from "./postgres.js";
export type { PostgresSettings } from "./postgres-settings.js";
export { isAlive, markOf, stopProcess, waitForExit, type ProcessMark } from "./processes.js";
export type { ProvidedServices } from "./provided-context.js";
export { silentLog, type Log } from "../log.js";
export { sweepAfterDeath, type Sweep } from "./sweep.js";
export { openDataFolder } from "./data-folder.js";
export { readIfThere, writePrivate } from "./private-file.js";
