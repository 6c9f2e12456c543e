import type { ServiceModule } from "@joinery/kit";
import type { AuditDeps } from "./app/ports.js";
import { auditHandlers } from "./events/handlers.js";
import { AuditResolver } from "./graphql/resolvers.js";
import { Identity } from "./graphql/types.js";
import { databaseMigrations, tenantMigrations } from "./persistence/migrations.js";

/** What happened to whom, and why. */
export const auditModule: ServiceModule = {
  name: "audit",
  entities: [],
  databaseMigrations,
  tenantMigrations,
  consumes: ["applications", "crypto", "rules", "vault"],
  graph: {
    resolvers: [AuditResolver],
    // Nothing here leads to it: other subgraphs' identities get their history from here.
    orphanedTypes: [Identity],
    references: { Identity: (key) => Promise.resolve({ id: key["id"] }) },
  },
  create: ({ door }) => {
    const deps: AuditDeps = { door };
    return Promise.resolve({ deps, methods: {}, handlers: auditHandlers, workers: [] });
  },
};
