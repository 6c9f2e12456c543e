import { nothingToTell } from "@joinery/events";
import type { ServiceModule } from "@joinery/kit";
import { readCryptoConfig } from "./config.js";
import { graph } from "./graphql/graph.js";
import { cryptoMethods } from "./methods.js";
import { verifyMasterKey } from "./persistence/installation.js";
import { MasterKey } from "./persistence/master-key.js";
import { databaseMigrations, tenantMigrations } from "./persistence/migrations.js";
import { entities } from "./persistence/rows.js";
import { openPorts } from "./ports.js";
import { cryptoWorkers } from "./workers.js";

/**
 * Organisations, people who sign in, sessions, keys and secrets. `create` throws CONFIG_INVALID,
 * MASTER_KEY_MISSING, MASTER_KEY_EXPOSED, MASTER_KEY_INVALID, MASTER_KEY_WRONG; nothing was changed
 * then.
 */
export const cryptoModule: ServiceModule = {
  name: "crypto",
  entities,
  databaseMigrations,
  tenantMigrations,
  consumes: [],
  graph,
  create: async (runtime) => {
    const { masterKeyFile } = readCryptoConfig(runtime.environment);
    const master = await MasterKey.load(masterKeyFile);
    await verifyMasterKey(runtime.door, master, runtime.clock);
    const deps = await openPorts(runtime, master);
    return {
      deps,
      methods: cryptoMethods(deps),
      handlers: [],
      workers: cryptoWorkers(deps),
      // Of what happened nobody holds a copy that could be told again.
      snapshots: nothingToTell,
    };
  },
};
