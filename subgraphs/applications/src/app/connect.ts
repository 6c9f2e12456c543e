import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ConnectorError, type Connector, type Secret } from "@joinery/connectors";
import { codeOf, JoineryError, type TenantId } from "@joinery/kit";
import type { Application } from "../domain/application.js";
import { OpenedSecret } from "./opened-secret.js";
import type { Deps } from "./ports.js";

/** What to connect to. */
export type Place = Pick<Application, "connector" | "whole"> &
  Partial<Pick<Application, "id" | "connectionId">>;

/**
 * Makes the connector, gives it to `work` and closes it. Secrets are opened only when the connector
 * asks, files lie below a folder of the organisation's own, and whoever uses the same connection
 * keeps to the same limits. Throws ConnectorError.
 */
export async function withConnector<T>(
  deps: Deps,
  tenant: TenantId,
  place: Place,
  work: (connector: Connector) => Promise<T>,
): Promise<T> {
  const kind = deps.connectorKinds.get(place.connector);
  if (!kind) {
    throw new ConnectorError("stop", "MISCONFIGURED", "there is no such kind of connector");
  }
  if (kind.validate(place.whole).length > 0) {
    throw new ConnectorError("stop", "MISCONFIGURED", "the stored configuration is not valid");
  }
  const { connectionId = null } = place;
  const filesRoot = join(deps.filesRoot, tenant);
  await mkdir(filesRoot, { recursive: true });
  const connector = await kind.create(place.whole, {
    filesRoot,
    reach: deps.reach,
    tenant,
    applicationId: place.id ?? null,
    secret: (name) => openSecret(deps, tenant, name),
    ...(connectionId === null ? {} : { shared: deps.shared.of(tenant, connectionId) }),
  });
  try {
    return await work(connector);
  } finally {
    await connector.close().catch((error: unknown) => {
      deps.log.warn("a connector did not close", { code: codeOf(error) });
    });
  }
}

async function openSecret(deps: Deps, tenant: TenantId, name: string): Promise<Secret> {
  try {
    return new OpenedSecret(await deps.openSecret(tenant, name));
  } catch (cause) {
    if (!(cause instanceof JoineryError) || cause.code !== "SECRET_NOT_FOUND") throw cause;
    const message = "a secret that the configuration names does not exist";
    throw new ConnectorError("stop", "MISCONFIGURED", message, { cause });
  }
}

/** How an attempt to reach a system ended, for people: a stable code and a sentence. */
export type ConnectionState =
  { readonly ok: true } | { readonly ok: false; readonly code: string; readonly reason: string };

/** What a failed connection is told as; what is not the connector's own error says nothing more. */
export function connectionFailure(error: unknown): {
  readonly code: string;
  readonly reason: string;
} {
  if (error instanceof ConnectorError || error instanceof JoineryError) {
    return { code: error.code, reason: error.message };
  }
  return { code: "INTERNAL", reason: "an unexpected error, told in the log" };
}
