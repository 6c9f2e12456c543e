import type { ConnectorAttributes, ConnectorValue, ConnectorWrite } from "@joinery/connectors";
import { equalValues, type AttributeSchema, type Scalar, type Value } from "@joinery/engine";
import { nameKey } from "./name-key.js";
import type { Corrections } from "./contradiction.js";
import type { TriedNames } from "./next-name.js";

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
  /** Times that it left, or may have left, without a final answer. */
  readonly attempts: number;
  readonly account: QueuedAccount;
  /** Which of its names it tries; null where there is one only. */
  readonly names: TriedNames | null;
  /** Of a group: how the system writes the members that are to be removed, by their accounts. */
  readonly rawMembers: ReadonlyMap<string, readonly string[]>;
}

export interface QueuedAccount {
  readonly anchor: string | null;
  readonly name: string;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly enabled: boolean | null;
  readonly revision: number;
  readonly state: "planned" | "present" | "gone";
  readonly corrections: Corrections | null;
}

/** What an account id is written as in this system; null while the system has no such account. */
export type Resolve = (accountId: string) => string | null;

/**
 * `stale`: the account is not what the item was computed from, or it names an account that is not
 * there: it is planned again, never sent.
 */
export type Outgoing =
  | { readonly outcome: "write"; readonly write: ConnectorWrite }
  | { readonly outcome: "stale"; readonly code: StaleCode };
export type StaleCode = "BASE_MOVED" | "REFERENCE_MISSING" | "ACCOUNT_GONE" | "ACCOUNT_THERE";

const enabledName = "$enabled";

/**
 * What a write is called on its way: a create as the account that it makes, for each attempt at it
 * has to look for what an earlier one made, be it of this item or of one planned before.
 */
export function writeIdOf({ operation, accountId, id }: QueuedItem): string {
  return operation === "create" ? accountId : id;
}

/** Turns an item into what the connector is asked to do. */
export function toWrite(
  item: QueuedItem,
  schema: readonly AttributeSchema[],
  resolve: Resolve,
): Outgoing {
  const { anchor, name, state } = item.account;
  if (item.operation === "create") {
    // An import has found it meanwhile, by its name: what it lacks is planned as an update.
    if (state === "present") return { outcome: "stale", code: "ACCOUNT_THERE" };
    return toCreate(item, resolve);
  }
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
    id: item.accountId,
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
  const changes: Record<string, { before: ConnectorValue | null; after: ConnectorValue | null }> =
    {};
  for (const [name, value] of Object.entries(item.after)) {
    if (name === enabledName) continue;
    const after = value === null ? null : toWritten(value, resolve);
    if (value !== null && after === null) return { outcome: "stale", code: "REFERENCE_MISSING" };
    // The system's own words for what is there, so that a conditional write meets them.
    const before = (item.account.attributes[name] ?? null) as ConnectorValue | null;
    changes[name] = { before, after };
  }
  const write: ConnectorWrite = {
    ...object, operation: "update", kind: item.kind, changes, ...enabledOf(item.after),
  };
  return { outcome: "write", write };
}

/** `after` of a members item is `{add, remove}`: lists of account ids. */
function toMembers(
  item: QueuedItem,
  object: { id: string; anchor: string; name: string },
  resolve: Resolve,
): Outgoing {
  const add = listOf(item.after["add"]).map(resolve);
  if (add.includes(null)) return { outcome: "stale", code: "REFERENCE_MISSING" };
  const remove = listOf(item.after["remove"]).flatMap((id) => item.rawMembers.get(id) ?? []);
  const write: ConnectorWrite = { ...object, operation: "members", add: add as string[], remove };
  return { outcome: "write", write };
}

/** Whether an attribute that the item touches is not what it was when the item was computed. */
function baseMoved(
  item: QueuedItem,
  schema: readonly AttributeSchema[],
  resolve: Resolve,
): boolean {
  return Object.entries(item.before).some(([name, before]) => {
    if (name === enabledName) return before !== null && before !== item.account.enabled;
    const known = item.account.attributes[name] ?? null;
    const described = schema.find((each) => each.name === name) ?? {
      name,
      type: "string" as const,
    };
    if (described.type === "reference") {
      return keysOf(before, resolve) !== keysOf(known, resolve);
    }
    return !equalValues(described, before, known);
  });
}

/** References by what they name, whatever the spelling. */
function keysOf(value: Value | null, resolve: Resolve): string {
  const keys = listOf(value).map((each) => nameKey(resolve(each) ?? each));
  return JSON.stringify(keys.sort());
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
  const list = Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar];
  return list.map((each) => (typeof each === "object" ? each.ref : String(each)));
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
