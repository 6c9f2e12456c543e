import {
  bootstrapDatabase,
  connectionsNeeded,
  processVariables,
  readConfig,
  requireConnections,
  serviceNames,
  type ServiceName,
} from "@joinery/kit";
import type { DatabasePasswords } from "./secrets.js";

export type DatabaseUrls = Readonly<
  Record<ServiceName, { readonly ownerUrl: string; readonly serviceUrl: string }>
>;

/** A server of somebody else's has others to serve: 60 connections are enough for everything. */
const givenServerPoolSize = "2";

/**
 * How large the pools of our processes are: as configured, else as befits an own server or a given
 * one. Throws CONFIG_INVALID.
 */
export function poolSizeOf(environment: NodeJS.ProcessEnv, databaseUrl: string | null): number {
  const { poolSize } = processVariables;
  const known = databaseUrl === null ? {} : { [poolSize.name]: givenServerPoolSize };
  return readConfig({ poolSize }, { ...known, ...environment }).poolSize;
}

/**
 * Makes the six databases and their roles where they are missing. One after the other: PostgreSQL
 * refuses concurrent changes of the same role memberships. Throws DATABASE_CONNECTIONS_TOO_FEW for
 * a server that cannot hold pools of this size; nothing was made then.
 */
export async function bootstrapDatabases(
  adminUrl: string,
  passwords: DatabasePasswords,
  poolSize: number,
): Promise<DatabaseUrls> {
  await requireConnections(adminUrl, connectionsNeeded(serviceNames.length, poolSize));
  const urls: Partial<Record<ServiceName, DatabaseUrls[ServiceName]>> = {};
  for (const service of serviceNames) {
    urls[service] = await bootstrapDatabase(adminUrl, service, passwords[service]);
  }
  return urls as DatabaseUrls;
}

/** With which variables the processes of `services` reach their databases, where they are now. */
export function databaseVariables(
  urls: DatabaseUrls,
  services: readonly ServiceName[],
  adminUrl: string,
): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const service of services) {
    const prefix = `JOINERY_${service.toUpperCase()}`;
    variables[`${prefix}_DATABASE_URL`] = movedTo(adminUrl, urls[service].serviceUrl);
    variables[`${prefix}_OWNER_DATABASE_URL`] = movedTo(adminUrl, urls[service].ownerUrl);
  }
  return variables;
}

/** An embedded server that was restarted may have had to take another port. */
function movedTo(adminUrl: string, url: string): string {
  const moved = new URL(url);
  moved.host = new URL(adminUrl).host;
  return moved.toString();
}
