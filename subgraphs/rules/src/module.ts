import { snapshotOf, type ServiceModule } from "@joinery/kit";
import type { RulesDeps } from "./app/ports.js";
import { tellRuleSets } from "./app/tell-everything.js";
import { rulesHandlers } from "./events/handlers.js";
import { RuleSetMutations, RuleSetQueries } from "./graphql/resolvers.js";
import { databaseMigrations, tenantMigrations } from "./persistence/migrations.js";
import { ApplicationViewRow, RuleSetVersionRow } from "./persistence/rows.js";

/** Authoring, versions, validation and publishing of rule sets. */
export const rulesModule: ServiceModule = {
  name: "rules",
  entities: [RuleSetVersionRow, ApplicationViewRow],
  databaseMigrations,
  tenantMigrations,
  consumes: ["applications", "vault"],
  graph: { resolvers: [RuleSetQueries, RuleSetMutations], references: {} },
  create: ({ door, keys, log, clock }) => {
    const deps: RulesDeps = { door, keys, log, clock };
    return Promise.resolve({
      deps, methods: {}, handlers: rulesHandlers(deps), workers: [],
      snapshots: snapshotOf(door, log, (each) => tellRuleSets(deps, each)),
    });
  },
};
