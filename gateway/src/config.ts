import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  addressVariables,
  JoineryError,
  positive,
  readConfig,
  serviceNames,
  type ConfigOf,
  type Variable,
} from "@joinery/kit";

/** The environment of this process: the gateway reads it here and nowhere else. */
export function environment(): NodeJS.ProcessEnv {
  return process.env;
}

/** What the public edge reads beside what every process reads. */
export const edgeVariables = {
  bodyBytesMax: {
    name: "JOINERY_BODY_BYTES_MAX",
    help: "largest request body in bytes",
    parse: positive,
    fallback: { value: 2 * 1024 * 1024, shown: "`2097152`" },
  },
  internalPort: {
    name: "JOINERY_INTERNAL_PORT",
    help: "loopback port of the compact web process for internal calls; off unless set",
    parse: internalPort,
    fallback: { value: null, shown: "off" },
  } satisfies Variable<number | null>,
} as const;

export type EdgeConfig = ConfigOf<typeof edgeVariables>;

export function readEdgeConfig(from: NodeJS.ProcessEnv): EdgeConfig {
  return readConfig(edgeVariables, from);
}

/** The gateway alone needs every subgraph's address. Throws CONFIG_INVALID naming each missing. */
export function requireAddresses(from: NodeJS.ProcessEnv): void {
  const required = serviceNames.map((service) => {
    const { name, help, parse } = addressVariables(service).address;
    return [service, { name, help, parse }] as const;
  });
  readConfig(Object.fromEntries(required), from);
}

function internalPort(text: string): number | null {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new Error("is no port");
  return number;
}

/** Root of this package, from `src` and from `dist` alike. */
export const packageFolder = resolve(import.meta.dirname, "..");

export const supergraphFile = resolve(packageFolder, "supergraph.graphql");

/** The committed supergraph. Throws SUPERGRAPH_MISSING. */
export async function readSupergraph(): Promise<string> {
  try {
    return await readFile(supergraphFile, "utf8");
  } catch (cause) {
    const message = `${supergraphFile} is missing: run npm run generate`;
    throw new JoineryError("SUPERGRAPH_MISSING", message, {}, { cause });
  }
}

/** The gateway library reports to its vendor unless the environment says no; ours always does. */
export function disableVendorTelemetry(): void {
  process.env["APOLLO_TELEMETRY_DISABLED"] = "1";
}
