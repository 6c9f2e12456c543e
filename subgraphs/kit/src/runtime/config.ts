import { JoineryError } from "../errors.js";
import { readConfig, url, type Variable } from "../config/variables.js";
import { serviceNames, type ServiceName } from "./module.js";

/** The environment of this process: the runtime reads it here and nowhere else. */
export function processEnvironment(): NodeJS.ProcessEnv {
  return process.env;
}

/** `web` answers requests, `task` does the work that nobody waits for. */
export const processRoles = ["web", "task"] as const;
export type ProcessRole = (typeof processRoles)[number];

/** Where a service that is not in this process answers. */
export function addressVariables(service: string) {
  return {
    address: {
      name: `JOINERY_${service.toUpperCase()}_URL`,
      help: `address of the ${service} web process, where it is not in the same process`,
      parse: url("http:", "https:"),
      fallback: { value: null, shown: "none" },
    } satisfies Variable<string | null> as Variable<string | null>,
  } as const;
}

/** Base address of each service that has one: its routes lie below its name. */
export function readAddresses(
  environment: NodeJS.ProcessEnv,
): Readonly<Partial<Record<ServiceName, string>>> {
  const readers = serviceNames.map(
    (service) => [service, () => readConfig(addressVariables(service), environment)] as const,
  );
  const addresses: Partial<Record<ServiceName, string>> = {};
  for (const [service, { address }] of Object.entries(readTogether(Object.fromEntries(readers)))) {
    if (address) addresses[service as ServiceName] = `${address.replace(/\/+$/, "")}/${service}`;
  }
  return addresses;
}

/** Runs every reader and throws one CONFIG_INVALID with the problems of all of them. */
export function readTogether<const R extends Readonly<Record<string, () => unknown>>>(
  readers: R,
): { readonly [K in keyof R]: ReturnType<R[K]> } {
  const problems = new Set<string>();
  const values: Record<string, unknown> = {};
  for (const [key, read] of Object.entries(readers)) {
    try {
      values[key] = read();
    } catch (error) {
      if (!(error instanceof JoineryError) || error.code !== "CONFIG_INVALID") throw error;
      for (const problem of error.message.split("\n")) problems.add(problem);
    }
  }
  if (problems.size > 0) throw new JoineryError("CONFIG_INVALID", [...problems].join("\n"));
  return values as { readonly [K in keyof R]: ReturnType<R[K]> };
}
