import "reflect-metadata";
import { serviceNames, type ServiceModule, type ServiceName } from "@joinery/kit";

/** Loaded when asked for: a process of one service has no other service's code in memory. */
const modules: Readonly<Record<ServiceName, () => Promise<ServiceModule>>> = {
  crypto: async () => (await import("@joinery/crypto/module")).cryptoModule,
  applications: async () => (await import("@joinery/applications/module")).applicationsModule,
  vault: async () => (await import("@joinery/vault/module")).vaultModule,
  rules: async () => (await import("@joinery/rules/module")).rulesModule,
  audit: async () => (await import("@joinery/audit/module")).auditModule,
  notify: async () => (await import("@joinery/notify/module")).notifyModule,
};

/** The one place that knows the subgraphs' modules (MECHANISMS §12). */
export function loadModule(service: ServiceName): Promise<ServiceModule> {
  return modules[service]();
}

/** Every subgraph there is. */
export function loadModules(): Promise<readonly ServiceModule[]> {
  return Promise.all(serviceNames.map((service) => loadModule(service)));
}
