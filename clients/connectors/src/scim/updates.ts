import {
  ConnectorError, type ConnectorValue, type ConnectorWrite, type WriteResult,
} from "../connector.js";
import { demandHolds, order } from "./creates.js";
import type { FlatAttribute } from "./flat-attributes.js";
import { keyOf, member, type JsonObject } from "../http/json.js";
import { bodyOf, operation, operationsBetween, patchBody } from "./patch.js";
import {
  demandFlat, demandObject, hasValue, versionOf, type ResourceKind,
} from "./resource-kind.js";
import type { ScimAnswer, ScimWrite } from "./scim-client.js";
import { put, type Draft } from "./unflatten.js";
import { fromScim } from "./values.js";
import {
  demandKind, demandResource, demandUnprotected, invalid, shownAfter, type WriteContext,
} from "./write-context.js";

type UpdateWrite = Extract<ConnectorWrite, { readonly operation: "update" }>;
type DeleteWrite = Extract<ConnectorWrite, { readonly operation: "delete" }>;

interface Wanted {
  readonly flat: FlatAttribute;
  readonly before: ConnectorValue | null | undefined;
  readonly after: ConnectorValue | null;
}

const turnsMax = 3;

/**
 * Changes what is as it was, and nothing else. With versions the server itself sees to that; else
 * what changes between our look and our write is lost.
 */
export async function update(context: WriteContext, write: UpdateWrite): Promise<WriteResult> {
  const kind = demandKind(context, write.kind);
  demandUnprotected(context, write.anchor);
  if (write.enabled !== undefined && write.kind !== "user") throw invalid("a group has no state");
  const wanted = Object.entries(write.changes).map(([name, { before, after }]): Wanted => ({
    flat: demandFlat(kind, name, "update"), before, after,
  })).sort((left, right) => order(left.flat) - order(right.flat));
  for (let turn = 1; ; turn += 1) {
    const found = await demandResource(context, kind, write.anchor);
    const open = openChanges(found.json, wanted);
    const state = stateChange(found.json, write.enabled);
    if (open.length === 0 && state === undefined) {
      return { id: write.id, ok: true, already: true, object: demandObject(kind, found.json) };
    }
    try {
      const answer = await context.change(
        changeOf({ context, kind, anchor: write.anchor }, found, open, state),
      );
      const { json } = await shownAfter(context, kind, write.anchor, answer);
      return { id: write.id, ok: true, object: demandObject(kind, json) };
    } catch (error) {
      const isStale = error instanceof ConnectorError && error.code === "OBJECT_CHANGED";
      if (!isStale || turn === turnsMax) throw error;
    }
  }
}

/** Those that are not done yet. Throws `OBJECT_CHANGED`. */
function openChanges(resource: JsonObject, wanted: readonly Wanted[]): readonly Wanted[] {
  const open = wanted.filter(({ flat, after }) => !hasValue(resource, flat, after, false));
  for (const { flat, before } of open) {
    if (before === undefined || hasValue(resource, flat, before, true)) continue;
    const why = `"${flat.described.name}" is not what it was`;
    throw new ConnectorError("skip", "OBJECT_CHANGED", why);
  }
  return open;
}

function stateChange(resource: JsonObject, enabled: boolean | undefined): boolean | undefined {
  if (enabled === undefined) return undefined;
  return fromScim("boolean", member(resource, "active")) === enabled ? undefined : enabled;
}

interface Target {
  readonly context: WriteContext;
  readonly kind: ResourceKind;
  readonly anchor: string;
}

function changeOf(
  { context, kind, anchor }: Target, found: ScimAnswer, open: readonly Wanted[],
  state: boolean | undefined,
): ScimWrite {
  const { service } = context;
  const { dialect } = service;
  const draft = structuredClone(found.json) as Draft;
  for (const { flat, after } of open) put(draft, flat, after, dialect);
  for (const { flat, after } of open) demandHolds(draft, flat, after);
  const word = dialect.booleans === "words" ? (state === true ? "True" : "False") : state;
  if (state !== undefined) draft[keyOf(draft, "active") ?? "active"] = word;
  const path = [...kind.path, anchor];
  const version = service.versions ? found.version ?? versionOf(found.json) : undefined;
  if (service.updates === "put") return { method: "PUT", path, version, json: bodyOf(kind, draft) };
  const operations = operationsBetween(dialect, found.json, draft, open.map(({ flat }) => flat));
  const states = state === undefined ? [] : [operation(dialect, "replace", "active", word)];
  return { method: "PATCH", path, version, json: patchBody([...operations, ...states]) };
}

/** Who is gone already is well. */
export async function remove(context: WriteContext, write: DeleteWrite): Promise<WriteResult> {
  const kind = demandKind(context, write.kind);
  demandUnprotected(context, write.anchor);
  try {
    const path = [...kind.path, write.anchor];
    await context.change({ method: "DELETE", path });
    return { id: write.id, ok: true };
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== "OBJECT_GONE") throw error;
    return { id: write.id, ok: true, already: true };
  }
}
