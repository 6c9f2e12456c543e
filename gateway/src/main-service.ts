import {
  JoineryError,
  processRoles,
  runProcess,
  runService,
  serviceNames,
  type ProcessRole,
  type ServiceName,
} from "@joinery/kit";
import { loadModule } from "./compact.js";

/** One service in one role: `node main-service.js <service> <web|task>`. */
const [service, role] = process.argv.slice(2);
const module = isService(service) ? await loadModule(service) : undefined;
if (module && isRole(role)) await runService(module, role);
else await runProcess(() => Promise.reject(usage()));

function isService(name: string | undefined): name is ServiceName {
  return (serviceNames as readonly (string | undefined)[]).includes(name);
}

function isRole(name: string | undefined): name is ProcessRole {
  return (processRoles as readonly (string | undefined)[]).includes(name);
}

function usage(): JoineryError {
  const message =
    `start me with a service (${serviceNames.join(", ")}) and a role (${processRoles.join(", ")})`;
  return new JoineryError("CONFIG_INVALID", message);
}
