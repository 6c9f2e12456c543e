import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
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
  trustedProxies: {
    name: "JOINERY_TRUSTED_PROXIES",
    help: "proxies whose `X-Forwarded-For` is believed: addresses and CIDR ranges, comma between",
    parse: ranges,
    fallback: { value: [], shown: "none" },
  } satisfies Variable<readonly string[]> as Variable<readonly string[]>,
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

function ranges(text: string): readonly string[] {
  const list = text.split(",").map((each) => each.trim()).filter((each) => each !== "");
  for (const each of list) {
    const [address = "", bits, ...more] = each.split("/");
    const widest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    const isRange = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= widest);
    if (widest < 0 || !isRange || more.length > 0) throw new Error("is no list of CIDR ranges");
  }
  return list;
}

function internalPort(text: string): number | null {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new Error("is no port");
  return number;
}

/** Root of this package, from `src` and from `dist` alike. */
export const packageFolder = resolve(import.meta.dirname, "..");

export const supergraphFile = resolve(packageFolder, "supergraph.graphql");

/** Where the build of the portal is; it is found by its place, for it is no module. */
export const portalFolder = resolve(packageFolder, "../clients/portal/dist/web");

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
