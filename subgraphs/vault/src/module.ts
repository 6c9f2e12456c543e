import { countingWorker, snapshotOf, type ServiceModule } from "@joinery/kit";
import { countForReplicas } from "./app/count-for-replicas.js";
import { EngineCache, type VaultDeps } from "./app/ports.js";
import { tellVault } from "./app/tell-everything.js";
import { compileBundle } from "./app/wave-context.js";
import { vaultHandlers } from "./events/handlers.js";
import { vaultGraph } from "./graphql/graph.js";
import { vaultMethods } from "./methods.js";
import { databaseMigrations, tenantMigrations } from "./persistence/migrations.js";

/** Identities, joins, contributions and precedence, groups and memberships. */
export const vaultModule: ServiceModule = {
  name: "vault",
  entities: [],
  databaseMigrations,
  tenantMigrations,
  consumes: ["applications", "rules"],
  graph: vaultGraph,
  create: (runtime) => {
    const deps: VaultDeps = {
      door: runtime.door,
      keys: runtime.keys,
      log: runtime.log,
      clock: runtime.clock,
      engines: new EngineCache(compileBundle),
    };
    return Promise.resolve({
      deps, methods: vaultMethods(deps), handlers: vaultHandlers(deps),
      workers: [
        countingWorker(deps.door, deps.log, (tenant) => countForReplicas(deps, tenant)),
      ],
      snapshots: snapshotOf(deps.door, deps.log, (tenant, to) => tellVault(deps, tenant, to)),
    });
  },
};
