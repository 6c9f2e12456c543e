import "reflect-metadata";
import { serviceNames, type ServiceModule, type ServiceName } from "@joinery/kit";

/** Loaded when asked for: a process of one service has no other service's code in memory. */
const files: Readonly<Record<ServiceName, () => Promise<Readonly<Record<string, unknown>>>>> = {
  crypto: () => import("@joinery/crypto/module"),
  applications: () => import("@joinery/applications/module"),
  vault: () => import("@joinery/vault/module"),
  rules: () => import("@joinery/rules/module"),
  audit: () => import("@joinery/audit/module"),
  notify: () => import("@joinery/notify/module"),
};

/** The one place that knows every subgraph's module (MECHANISMS §12). */
export async function loadModule(service: ServiceName): Promise<ServiceModule> {
  const file = await files[service]();
  const module = file[`${service}Module`] as ServiceModule | undefined;
  return module ?? segmentOnly(service);
}

/** Every subgraph there is. */
export function loadModules(): Promise<readonly ServiceModule[]> {
  return Promise.all(serviceNames.map((service) => loadModule(service)));
}

/** A service whose graph is not written yet: it has its database and its part of organisations. */
function segmentOnly(name: ServiceName): ServiceModule {
  return {
    name,
    entities: [],
    databaseMigrations: [],
    tenantMigrations: [],
    consumes: [],
    graph: { resolvers: [] as never, references: {} },
    create: async () => ({ deps: null, methods: {}, handlers: [], workers: [] }),
  };
}
