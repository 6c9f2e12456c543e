import type { SnapshotSource } from "@joinery/events";
import type { EntitySchema } from "@mikro-orm/postgresql";
import type { Door } from "../database/door.js";
import type { Migration } from "../database/migrate.js";
import type { SchemaSource } from "../graph/schema.js";
import type { InternalClient, InternalMethods } from "../internal/calls.js";
import type { KeyRing } from "../keys/key-ring.js";
import type { LaneHandler } from "../lanes/handler.js";
import type { Log } from "../log.js";

export const serviceNames = [
  "crypto", "applications", "vault", "rules", "audit", "notify",
] as const;
export type ServiceName = (typeof serviceNames)[number];

export type Clock = () => Date;

/** What a service is given, whatever process it lives in. */
export interface ServiceRuntime {
  readonly service: ServiceName;
  readonly door: Door;
  /** Owner role of the service's database: provisioning and partitions, nothing else. */
  readonly ownerUrl: string;
  readonly internal: InternalClient;
  readonly keys: KeyRing;
  readonly log: Log;
  readonly clock: Clock;
  /** Folder below which connectors read and write files. */
  readonly filesRoot: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Something of the task role that runs until it is stopped; `stop` waits for what is under way. */
export interface Worker {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A service made ready: ports for resolvers, methods for the others, work for the task role. */
export interface Service {
  readonly deps: unknown;
  readonly methods: InternalMethods;
  readonly handlers: readonly LaneHandler[];
  readonly workers: readonly Worker[];
  /** Everything that it owns, for a consumer that is new or set back; absent if it has none. */
  readonly snapshots?: SnapshotSource;
}

/** What each subgraph exports from `./module`: the only thing others may know of it. */
export interface ServiceModule {
  readonly name: ServiceName;
  readonly entities: readonly EntitySchema[];
  readonly databaseMigrations: readonly Migration[];
  readonly tenantMigrations: readonly Migration[];
  /** Producers whose events this service takes in. */
  readonly consumes: readonly ServiceName[];
  readonly graph: SchemaSource;
  create(runtime: ServiceRuntime): Promise<Service>;
}
