import "reflect-metadata";

export * from "./config/service.js";
export * from "./config/variables.js";
export { afterRestore } from "./database/after-restore.js";
export { bootstrapDatabase, type ServicePasswords } from "./database/bootstrap.js";
export { planForBatches } from "./database/plan-for-batches.js";
export { jsonLines } from "./database/json-lines.js";
export { copyRows, encodeRow, json, type CopyJson, type CopyValue } from "./database/copy.js";
export { Door, type CatalogueTransaction, type TenantTransaction } from "./database/door.js";
export {
  asOwner,
  migrateAll,
  provisionTenant,
  type Migration,
  type ServiceMigrations,
} from "./database/migrate.js";
export { connectionsNeeded } from "./database/pool-sizes.js";
export { requireConnections } from "./database/require-connections.js";
export { databaseOf, rolesOf, tenantRole, tenantSchema } from "./database/roles.js";
export type { Sql } from "./database/sql.js";
export { assert, codeOf, JoineryError } from "./errors.js";
export type { GraphContext } from "./graph/context.js";
export { toEventActor } from "./event-actor.js";
export { formatErrors } from "./graph/errors.js";
export * from "./graph/paging.js";
export { buildServiceSchema, type ReferenceResolver, type SchemaSource } from "./graph/schema.js";
export {
  addressHeader,
  requestIdHeader,
  SubgraphServer,
  type SubgraphAnswer,
  type SubgraphRequest,
} from "./graph/server.js";
export { toUserError, UserError } from "./graph/user-error.js";
export { isTenantId, newTenantId, uuidv5, uuidv7, type TenantId } from "./ids.js";
export {
  InternalClient,
  type InternalContract,
  type InternalMethods,
  type MethodsOf,
} from "./internal/calls.js";
export * from "./internal/contracts.js";
export { bearerOf, internalEndpoint } from "./internal/endpoint.js";
export { clientActor, InternalTokens, serviceActor } from "./internal/token.js";
export { openBox, sealBox } from "./keys/box.js";
export { KeyRing, leasesFrom, type LeaseSource } from "./keys/key-ring.js";
export {
  handlerOf,
  type LaneContext,
  type LaneHandler,
  type LaneMessage,
  type LaneOutcome,
} from "./lanes/handler.js";
export { countBuckets, differingBuckets } from "./replicas/buckets.js";
export { compareReplica, type Compared } from "./replicas/compare.js";
export { countedEveryMs, countingWorker } from "./replicas/counting.js";
export { snapshotOf } from "./replicas/telling.js";
export { createLog, silentLog, type Log, type LogFields } from "./log.js";
export * from "./permissions.js";
export { openBroker } from "./runtime/broker.js";
export * from "./runtime/config.js";
export { healthRoutes, type Readiness } from "./runtime/health.js";
export {
  hostService,
  hostServices,
  migrationsOf,
  openProcess,
  readHostConfig,
  type HostConfig,
  type Hosted,
  type ProcessRuntime,
} from "./runtime/host.js";
export { Periodic } from "./runtime/periodic.js";
export { startTask } from "./runtime/host-task.js";
export {
  databasesOf,
  internalRoutes,
  startSubgraphs,
  startWeb,
  type SubgraphServers,
} from "./runtime/host-web.js";
export { bareApp, jsonErrors, listen, nothingHere, type Listener } from "./runtime/http.js";
export {
  serviceNames,
  type Clock,
  type Service,
  type ServiceModule,
  type ServiceName,
  type ServiceRuntime,
  type Worker,
} from "./runtime/module.js";
export { exitMisconfigured, runProcess, type ProcessReport } from "./runtime/process.js";
export { runService } from "./runtime/run-service.js";
export { StopList } from "./runtime/stop.js";
