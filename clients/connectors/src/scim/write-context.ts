import { ConnectorError, type ObjectKind } from "../connector.js";
import type { ScimConfiguration } from "./configuration.js";
import type { ScimService } from "./discovery.js";
import { anchorOf, shownBy, type ResourceKind } from "./resource-kind.js";
import type { ScimAnswer, ScimClient, ScimWrite } from "./scim-client.js";

/** What a write needs to know. */
export interface WriteContext {
  /** For what is asked; what is changed goes through `change`. */
  readonly client: ScimClient;
  /** Sends a change once, alone or with others; see `ScimClient.change`. */
  readonly change: (write: ScimWrite) => Promise<ScimAnswer | undefined>;
  readonly service: ScimService;
  readonly configuration: ScimConfiguration;
  readonly signal: AbortSignal;
}

/** Throws `VALUE_INVALID` for a kind that the settings leave out. */
export function demandKind({ service }: WriteContext, kind: ObjectKind): ResourceKind {
  const found = service.kinds.get(kind);
  if (found !== undefined) return found;
  throw invalid(`the settings name no place for a ${kind}`);
}

/** A resource by its id; undefined where it is gone. Throws ConnectorError. */
export function findResource(
  { client, signal }: WriteContext, kind: ResourceKind, anchor: string,
): Promise<ScimAnswer | undefined> {
  return client.find([...kind.path, anchor], shownBy(kind), signal);
}

/** The same; throws `OBJECT_GONE`. */
export async function demandResource(
  context: WriteContext, kind: ResourceKind, anchor: string,
): Promise<ScimAnswer> {
  const found = await findResource(context, kind, anchor);
  if (found === undefined) throw new ConnectorError("skip", "OBJECT_GONE", "nothing has its id");
  return found;
}

/** What the server answered to a change, where it is the resource; else the resource anew. */
export async function shownAfter(
  context: WriteContext, kind: ResourceKind, anchor: string, answer: ScimAnswer | undefined,
): Promise<ScimAnswer> {
  const isResource = answer !== undefined && anchorOf(answer.json) === anchor
    && kind.asked.length === 0;
  return isResource ? answer : demandResource(context, kind, anchor);
}

export function invalid(message: string): ConnectorError {
  return new ConnectorError("skip", "VALUE_INVALID", message);
}

/** Throws `PERMISSION_DENIED` for what the settings protect. */
export function demandUnprotected({ configuration }: WriteContext, anchor: string): void {
  if (!configuration.protected.includes(anchor)) return;
  throw new ConnectorError("skip", "PERMISSION_DENIED", "the settings protect it");
}
