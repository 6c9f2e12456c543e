import type { ConnectorAttributes, ConnectorValue, ConnectorWrite } from "@joinery/connectors";
import { equalValues, type AttributeSchema, type Value } from "@joinery/engine";

/** A planned change that may leave now, with its account as it is known. */
export interface QueuedItem {
  readonly id: string;
  readonly waveId: string;
  readonly runId: string;
  readonly accountId: string;
  readonly identityId: string | null;
  readonly kind: "user" | "group";
  readonly operation: "create" | "update" | "delete" | "members";
  readonly before: Readonly<Record<string, Value | null>>;
  readonly after: Readonly<Record<string, Value | null>>;
  readonly because: readonly string[];
  readonly attempts: number;
  readonly account: {
    readonly anchor: string | null;
    readonly name: string;
    readonly attributes: Readonly<Record<string, Value>>;
    readonly enabled: boolean | null;
    readonly revision: number;
    readonly state: "planned" | "present" | "gone";
  };
}

/** What an account id is written as in this system; null while the system has no such account. */
export type Resolve = (accountId: string) => string | null;

/**
 * `stale`: the account is not what the item was computed from, or it names an account that is not
 * there: it is planned again, never sent.
 */
export type Outgoing =
  | { readonly outcome: "write"; readonly write: ConnectorWrite }
  | { readonly outcome: "stale"; readonly code: "BASE_MOVED" | "REFERENCE_MISSING" | "ACCOUNT_GONE" };

const enabledName = "$enabled";

/** Turns an item into what the connector is asked to do. */
export function toWrite(
  item: QueuedItem,
  schema: readonly AttributeSchema[],
  resolve: Resolve,
): Outgoing {
  if (item.operation === "create") return toCreate(item, resolve);
  const { anchor, name, state } = item.account;
  if (anchor === null || state !== "present") return { outcome: "stale", code: "ACCOUNT_GONE" };
  const object = { id: item.id, anchor, name };
  if (item.operation === "members") return toMembers(item, object, resolve);
  if (baseMoved(item, schema, resolve)) return { outcome: "stale", code: "BASE_MOVED" };
  if (item.operation === "delete") {
    return { outcome: "write", write: { ...object, operation: "delete", kind: item.kind } };
  }
  return toUpdate(item, object, resolve);
}

function toCreate(item: QueuedItem, resolve: Resolve): Outgoing {
  const attributes: Record<string, ConnectorValue> = {};
  for (const [name, value] of Object.entries(item.after)) {
    if (name === enabledName || value === null) continue;
    const written = toWritten(value, resolve);
    if (written === null) return { outcome: "stale", code: "REFERENCE_MISSING" };
    attributes[name] = written;
  }
  const write: ConnectorWrite = {
    operation: "create",
    id: item.id,
    kind: item.kind,
    attributes: attributes as ConnectorAttributes,
    ...enabledOf(item.after),
  };
  return { outcome: "write", write };
}

function toUpdate(
  item: QueuedItem,
  object: { id: string; anchor: string; name: string },
  resolve: Resolve,
): Outgoing {
  const changes: Record<string, { before: ConnectorValue | null; after: ConnectorValue | null }> = {};
  for (const [name, value] of Object.entries(item.after)) {
    if (name === enabledName) continue;
    const after = value === null ? null : toWritten(value, resolve);
    if (value !== null && after === null) return { outcome: "stale", code: "REFERENCE_MISSING" };
    // The system's own words for what is there, so that a conditional write meets them.
    const known = item.account.attributes[name];
    changes[name] = { before: known === undefined ? null : (known as ConnectorValue), after };
  }
  const write: ConnectorWrite = {
    ...object, operation: "update", kind: item.kind, changes, ...enabledOf(item.after),
  };
  return { outcome: "write", write };
}

/** `after` of a members item is `{add, remove}`: lists of account ids, or of names that dangle. */
function toMembers(
  item: QueuedItem,
  object: { id: string; anchor: string; name: string },
  resolve: Resolve,
): Outgoing {
  const add = listOf(item.after["add"]).map(resolve);
  if (add.includes(null)) return { outcome: "stale", code: "REFERENCE_MISSING" };
  const remove = listOf(item.after["remove"]).map((id) => resolve(id) ?? id);
  const write: ConnectorWrite = { ...object, operation: "members", add: add as string[], remove };
  return { outcome: "write", write };
}

/** Whether an attribute that the item touches is not what it was when the item was computed. */
function baseMoved(item: QueuedItem, schema: readonly AttributeSchema[], resolve: Resolve): boolean {
  return Object.entries(item.before).some(([name, before]) => {
    if (name === enabledName) return before !== null && before !== item.account.enabled;
    const known = item.account.attributes[name] ?? null;
    const described = schema.find((each) => each.name === name) ?? { name, type: "string" as const };
    if (described.type === "reference") {
      return !equalValues({ name, type: "string", many: true, caseIgnore: true },
        textsOf(before, resolve), textsOf(known, resolve));
    }
    return !equalValues(described, before, known);
  });
}

function textsOf(value: Value | null, resolve: Resolve): string[] {
  return listOf(value).map((each) => resolve(each) ?? each);
}

/** A value as the connector takes it; null when it names an account that the system lacks. */
function toWritten(value: Value, resolve: Resolve): ConnectorValue | null {
  if (Array.isArray(value)) {
    const items = (value as readonly Value[]).map((each) => toWritten(each, resolve));
    return items.includes(null) ? null : (items as unknown as ConnectorValue);
  }
  if (typeof value === "object" && "ref" in value) return resolve(value.ref);
  return value as ConnectorValue;
}

function listOf(value: Value | null | undefined): string[] {
  if (value === null || value === undefined) return [];
  const list = Array.isArray(value) ? (value as readonly Value[]) : [value];
  return list.map((each) => (typeof each === "object" && "ref" in each ? each.ref : String(each)));
}

function enabledOf(after: QueuedItem["after"]): { enabled?: boolean } {
  const enabled = after[enabledName];
  return typeof enabled === "boolean" ? { enabled } : {};
}

/** Accounts that an item names: they must be known to the system when it leaves. */
export function referencesOf(item: QueuedItem): string[] {
  const values = [...Object.values(item.after), ...Object.values(item.before)];
  return values.flatMap((value) => {
    const list = Array.isArray(value) ? (value as readonly Value[]) : value === null ? [] : [value];
    if (item.operation === "members") return list.map(String);
    return list.flatMap((each) => (typeof each === "object" && "ref" in each ? [each.ref] : []));
  });
}
