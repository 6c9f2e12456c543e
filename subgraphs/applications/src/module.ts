import { connectorKinds, reachOf, type Reach } from "@joinery/connectors";
import {
  countingWorker, JoineryError, snapshotOf, uuidv7, type CryptoMethods, type ServiceModule,
  type ServiceRuntime, type VaultMethods,
} from "@joinery/kit";
import { runExports } from "./app/exports/run-export.js";
import { runImports } from "./app/imports/run-import.js";
import { runOutbound } from "./app/outbound/run-outbound.js";
import type { Deps } from "./app/ports.js";
import { probeApplication } from "./app/quarantine/probe-application.js";
import { pushedKind, type HostedKind } from "./app/pushed/pushed-kind.js";
import { countForReplicas } from "./app/restating/count-for-replicas.js";
import { retentionWorker } from "./app/retention/retention-worker.js";
import { tellApplications } from "./app/restating/tell-everything.js";
import { runSchedules } from "./app/scheduling/run-schedules.js";
import { SharedState } from "./app/shared-state.js";
import { TaskWorker } from "./app/task-worker.js";
import { watchApplication } from "./app/watching/watch-application.js";
import { readApplicationsConfig } from "./config.js";
import { applicationsHandlers } from "./events/handlers.js";
import { applicationsGraph } from "./graphql/graph.js";
import { applicationsMethods } from "./methods.js";
import { accountStore } from "./persistence/account-store.js";
import { applicationStore } from "./persistence/application-store.js";
import { connectionStore } from "./persistence/connection-store.js";
import { exportStore } from "./persistence/export-store.js";
import { futureStore } from "./persistence/future-store.js";
import { guardStore } from "./persistence/guard-store.js";
import { importStore } from "./persistence/import-store.js";
import { databaseMigrations, tenantMigrations } from "./persistence/migrations.js";
import { outboundStore } from "./persistence/outbound-store.js";
import { pushedBatches } from "./persistence/pushed-batches.js";
import { planStore } from "./persistence/plan-store.js";
import { pushedReports } from "./persistence/pushed-reports.js";
import { pushedStore } from "./persistence/pushed-store.js";
import { replicaStore } from "./persistence/replica-store.js";
import { reportStore } from "./persistence/report-store.js";
import { simulationStore } from "./persistence/simulation-store.js";
import { retentionStore } from "./persistence/retention-store.js";
import { runStore } from "./persistence/run-store.js";
import { scheduleStore } from "./persistence/schedule-store.js";
import { taskStore } from "./persistence/task-store.js";
import { waveStore } from "./persistence/wave-store.js";

/**
 * The ports on real stores. `kinds`: the connectors that may be configured. Throws CONFIG_INVALID.
 */
export function toDeps(
  { door, internal, keys, log, clock, filesRoot, environment }: ServiceRuntime,
  kinds: ReadonlyMap<string, HostedKind>,
): Deps {
  const within: Deps["within"] = (tenant, work) => door.withTenant(tenant, work);
  const pushed = pushedKind(within, pushedReports, clock);
  return {
    within,
    applications: applicationStore,
    connections: connectionStore,
    runs: runStore,
    waves: waveStore,
    guard: guardStore,
    tasks: taskStore(door),
    schedules: scheduleStore,
    future: futureStore,
    retention: retentionStore,
    imports: importStore,
    reports: reportStore,
    accounts: accountStore,
    replicas: replicaStore,
    outbound: outboundStore,
    plans: planStore,
    simulations: simulationStore,
    exports: exportStore,
    pushed: pushedStore,
    pushedBatches,
    connectorKinds: new Map([...kinds, [pushed.name, pushed]]),
    openSecret: async (tenant, name) => {
      const opened = await internal.call<CryptoMethods, "openSecret">(
        "crypto", "openSecret", { tenant, name });
      return opened.plain;
    },
    makePasswords: async (tenant, accountIds) => {
      const made = await internal.call<CryptoMethods, "makeInitialPasswords">(
        "crypto", "makeInitialPasswords", { tenant, accountIds });
      return made.plain;
    },
    applicationsDue: (tenant) =>
      internal.call<VaultMethods, "applicationsDue">("vault", "applicationsDue", { tenant }),
    settlePasswords: async (tenant, outcome) => {
      await internal.call<CryptoMethods, "settleInitialPasswords">(
        "crypto", "settleInitialPasswords", { tenant, ...outcome });
    },
    sealer: keys.events,
    digestKey: (tenant) => keys.digestKey(tenant),
    filesRoot,
    shared: new SharedState(),
    reach: reachIn(environment),
    clock,
    newId: () => uuidv7(),
    chance: Math.random,
    log,
  };
}

/** Throws CONFIG_INVALID. */
function reachIn(environment: NodeJS.ProcessEnv): Reach {
  const { connectorNetworks } = readApplicationsConfig(environment);
  try {
    return reachOf(connectorNetworks);
  } catch (cause) {
    const why = "JOINERY_CONNECTOR_NETWORKS is no list of networks like 10.0.0.0/8,fd00::/8";
    throw new JoineryError("CONFIG_INVALID", why, {}, { cause });
  }
}

/** Work of the task role: reading, planning and writing each at a time of its own. */
export function workersOf(deps: Deps): readonly TaskWorker[] {
  return [
    new TaskWorker(deps, { kind: "import", handler: runImports, atOnce: 2 }),
    new TaskWorker(deps, { kind: "outbound", handler: runOutbound, atOnce: 2 }),
    // A slow system holds one of these and nothing else.
    new TaskWorker(deps, { kind: "export", handler: runExports, atOnce: 16 }),
    // Each of these waits nearly always, on a connection to its system.
    new TaskWorker(deps, {
      kind: "watch", handler: watchApplication, atOnce: 4_096, pollMs: 1_000,
    }),
    new TaskWorker(deps, { kind: "probe", handler: probeApplication, atOnce: 8, pollMs: 5_000 }),
    // Each is a transaction of some milliseconds, and a second later is early enough.
    new TaskWorker(deps, { kind: "schedule", handler: runSchedules, atOnce: 2, pollMs: 1_000 }),
  ];
}

/** Connected systems, their accounts as they are, import, outbound, export, runs. */
export const applicationsModule: ServiceModule = {
  name: "applications",
  entities: [],
  databaseMigrations,
  tenantMigrations,
  consumes: ["vault", "rules"],
  graph: applicationsGraph,
  create: (runtime) => {
    const deps = toDeps(runtime, connectorKinds);
    const handlers = applicationsHandlers(deps);
    return Promise.resolve({
      deps, methods: applicationsMethods(deps), handlers,
      workers: [
        ...workersOf(deps),
        retentionWorker(deps, () => runtime.door.listTenants()),
        countingWorker(runtime.door, deps.log, (tenant) => countForReplicas(deps, tenant)),
      ],
      snapshots: snapshotOf(runtime.door, deps.log, (tenant, to) =>
        tellApplications(deps, tenant, to)),
    });
  },
};
