import { resolve } from "node:path";
import { eventMigrations } from "@joinery/events";
import {
  readProcessConfig,
  readServiceConfig,
  type ProcessConfig,
  type ServiceConfig,
} from "../config/service.js";
import { untilDatabaseAnswers } from "../database/connections.js";
import { Door } from "../database/door.js";
import { poolSizesFor } from "../database/pool-sizes.js";
import { migrateAll, provisionTenant, type ServiceMigrations } from "../database/migrate.js";
import { InternalClient, type InternalMethods } from "../internal/calls.js";
import type { SegmentMethods } from "../internal/contracts.js";
import { InternalTokens } from "../internal/token.js";
import { KeyRing, leasesFrom } from "../keys/key-ring.js";
import { createLog, type Log } from "../log.js";
import { readAddresses, readTogether, type ProcessRole } from "./config.js";
import type { Clock, Service, ServiceModule, ServiceName, ServiceRuntime } from "./module.js";

/** What a process knows before it hosts anything. */
export interface ProcessRuntime {
  readonly role: ProcessRole;
  readonly config: ProcessConfig;
  readonly services: Readonly<Partial<Record<ServiceName, ServiceConfig>>>;
  /** Base address of each service that is elsewhere. */
  readonly addresses: Readonly<Partial<Record<ServiceName, string>>>;
  readonly environment: NodeJS.ProcessEnv;
  readonly tokens: InternalTokens;
  readonly log: Log;
  readonly clock: Clock;
}

/** What a process and the services in it read from the environment. */
export interface HostConfig {
  readonly config: ProcessConfig;
  readonly services: Readonly<Partial<Record<ServiceName, ServiceConfig>>>;
  readonly addresses: Readonly<Partial<Record<ServiceName, string>>>;
}

/** Throws CONFIG_INVALID with every problem at once. */
export function readHostConfig(
  services: readonly ServiceName[],
  environment: NodeJS.ProcessEnv,
): HostConfig {
  const readers = services.map(
    (name) => [name, () => readServiceConfig(name, environment)] as const,
  );
  return readTogether({
    config: () => readProcessConfig(environment),
    addresses: () => readAddresses(environment),
    services: () => readTogether(Object.fromEntries(readers)),
  });
}

/** `name` is the process's in the log. Throws INTERNAL_KEY_INVALID. */
export async function openProcess(
  name: string,
  role: ProcessRole,
  read: HostConfig,
  environment: NodeJS.ProcessEnv,
): Promise<ProcessRuntime> {
  const tokens = await InternalTokens.load(read.config.internalKeyFile);
  const log = createLog({ level: read.config.logLevel, service: name, role });
  return { ...read, role, environment, tokens, log, clock: () => new Date() };
}

/** A service in this process: migrated, open, its ports made. */
export interface Hosted {
  readonly module: ServiceModule;
  readonly config: ServiceConfig;
  readonly runtime: ServiceRuntime;
  readonly service: Service;
  readonly methods: InternalMethods;
  close(): Promise<void>;
}

/** Everything that is ever run on this service's database and on each of its tenants. */
export function migrationsOf(module: ServiceModule): ServiceMigrations {
  return {
    service: module.name,
    database: [...eventMigrations, ...module.databaseMigrations],
    tenant: module.tenantMigrations,
  };
}

/**
 * Hosts the modules in one process and lets them call each other in it. Throws what the first one
 * that failed threw, after the others are closed again.
 */
export async function hostServices(
  modules: readonly ServiceModule[],
  process: ProcessRuntime,
): Promise<readonly Hosted[]> {
  const outcomes = await Promise.allSettled(modules.map((module) => hostService(module, process)));
  const hosted = outcomes.flatMap((outcome) =>
    outcome.status === "fulfilled" ? [outcome.value] : [],
  );
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed) {
    await Promise.allSettled(hosted.map((one) => one.close()));
    throw failed.reason;
  }
  for (const caller of hosted) {
    for (const callee of hosted) caller.runtime.internal.host(callee.module.name, callee.methods);
  }
  return hosted;
}

/**
 * Hosts one module; its calls go to itself and to `process.addresses`. Throws DATABASE_UNREACHABLE
 * after waiting for a database that starts or recovers.
 */
export async function hostService(
  module: ServiceModule,
  process: ProcessRuntime,
): Promise<Hosted> {
  const { environment, tokens, addresses, clock } = process;
  const config = process.services[module.name] ?? readServiceConfig(module.name, environment);
  const { logLevel, dataFolder } = process.config;
  const log = createLog({ level: logLevel, service: module.name, role: process.role });
  await untilDatabaseAnswers(config.ownerDatabaseUrl);
  await migrateAll(config.ownerDatabaseUrl, migrationsOf(module), log);
  const internal = new InternalClient(module.name, tokens, addresses);
  const entities = module.entities;
  const poolSizeMax = poolSizesFor(process.config.poolSize).door;
  const door = await Door.open({
    service: module.name, url: config.databaseUrl, entities, poolSizeMax,
  });
  const runtime: ServiceRuntime = {
    service: module.name,
    door,
    ownerUrl: config.ownerDatabaseUrl,
    internal,
    keys: new KeyRing(leasesFrom(internal)),
    log,
    clock,
    filesRoot: resolve(dataFolder, "files"),
    environment,
  };
  const close = async () => {
    await internal.close();
    await door.close();
  };
  try {
    const service = await module.create(runtime);
    const methods = { ...segmentMethods(module, config), ...service.methods };
    internal.host(module.name, methods);
    return { module, config, runtime, service, methods, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** How every service makes its part of a new organisation, unless it has a way of its own. */
function segmentMethods(module: ServiceModule, config: ServiceConfig): InternalMethods {
  return {
    provision: async ({ tenant }: SegmentMethods["provision"]["input"]) => {
      await provisionTenant(config.ownerDatabaseUrl, migrationsOf(module), tenant);
      return null;
    },
  };
}
